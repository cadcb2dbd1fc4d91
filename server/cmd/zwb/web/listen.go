package web

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// unixPrefix is what the address of a socket of Unix begins with.
const unixPrefix = "unix:"

// socketMode lets the user and the group of the bridge connect to its socket, and nobody else.
const socketMode = 0o660

// Listeners listen at several addresses.
type Listeners []net.Listener

func listen(address string) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(address, unixPrefix)
	if !isUnix {
		return net.Listen("tcp", address)
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && isLeft(path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		l.Close()
		return nil, fmt.Errorf("who may connect to the socket: %w", err)
	}
	return l, nil
}

// isLeft tells whether a path is a socket that a process left behind when it was killed.
func isLeft(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// Close closes all of them.
func (all Listeners) Close() {
	for _, l := range all {
		l.Close()
	}
}

// IsUnix tells whether a listener is a socket of Unix.
func IsUnix(l net.Listener) bool { return l.Addr().Network() == "unix" }

// Secured puts TLS on top of a listener, if that is wanted, with whatever certificate there is then. A socket of Unix stays as it is: who connects to it is on
// this machine, and is a proxy that has done that already.
func Secured(l net.Listener, wanted bool, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) net.Listener {
	if !wanted || l.Addr().Network() == "unix" {
		return l
	}
	// HTTP/2 carries many streams over one connection. A WebSocket needs HTTP/1.1, which its clients offer alone.
	return tls.NewListener(l, &tls.Config{GetCertificate: certificate, NextProtos: []string{"h2", "http/1.1"}})
}
