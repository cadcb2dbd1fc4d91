package attack

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// hung is the address of a backend that accepts connections, and says and reads nothing.
func hung(t *testing.T) string { return listening(t, func(net.Conn) {}) }

// flood is the address of a publisher that sends messages of so many bytes as fast as they are taken, whoever wants them.
func flood(t *testing.T, size int) string {
	message := gatewaytest.Frame(0, make([]byte, size))
	return listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("PUB"))
		go io.Copy(io.Discard, conn) // ends with the connection
		for {
			if _, err := conn.Write(message); err != nil {
				return
			}
		}
	})
}

// listening is the address of a backend that listens, and has talk run for each connection.
func listening(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with the listener
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go talk(conn)
		}
	}()
	return "tcp://" + l.Addr().String()
}

// peer connects to where a page has the bridge listen, says something, and then reads nothing.
func peer(t *testing.T, address string, says ...[]byte) net.Conn {
	t.Helper()
	for end := time.Now().Add(intruder.Patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
		if err == nil {
			conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			conn.Write(gatewaytest.Join(says...))
			t.Cleanup(func() { conn.Close() })
			return conn
		}
		if time.Now().After(end) {
			t.Fatal("the bridge does not listen: ", err)
		}
	}
}

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string { t.Helper(); return "tcp://" + unused.Address(t) }

// mute is the address of a REP that is there, and neither reads nor answers.
func mute(t *testing.T) string {
	return listening(t, func(conn net.Conn) { conn.Write(gatewaytest.Hello("REP")) })
}
