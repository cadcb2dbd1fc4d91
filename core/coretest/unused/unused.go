package unused

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
)

// Linux chooses ports from 32768 on, and other systems from 49152 on. Who has claimed a port has that of UDP which is so much
// higher: with the same number it would be in the way of HTTP/3.
const (
	lowest, highest = 12_000, 22_000
	claimed         = 10_000
)

// Port is one port of 127.0.0.1.
func Port(t testing.TB) int {
	t.Helper()
	return Ports(t, 1)
}

// Address is Port with its host.
func Address(t testing.TB) string {
	t.Helper()
	return at(Port(t))
}

// Ports is the first of so many ports, one after the other.
func Ports(t testing.TB, count int) (first int) {
	t.Helper()
	for range 1000 {
		first = lowest + rand.IntN(highest-lowest-count)
		if claim(t, first, count) {
			return first
		}
	}
	t.Fatal("no port is unused")
	return 0
}

// claim takes ports for a test.
func claim(t testing.TB, first, count int) bool {
	var claims []io.Closer
	for port := first; port < first+count; port++ {
		held, err := net.ListenPacket("udp", at(port+claimed))
		if err == nil {
			claims = append(claims, held)
			err = tried(port)
		}
		if err != nil {
			closeAll(claims)
			return false
		}
	}
	t.Cleanup(func() { closeAll(claims) })
	return true
}

// tried tells whether one can listen at a port.
func tried(port int) error {
	l, err := net.Listen("tcp", at(port))
	if err != nil {
		return err
	}
	return l.Close()
}

func at(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func closeAll(claims []io.Closer) {
	for _, held := range claims {
		held.Close()
	}
}
