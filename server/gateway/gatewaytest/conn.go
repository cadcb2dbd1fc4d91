package gatewaytest

import (
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// NopConn is what a net.Conn needs beyond Read and Write.
type NopConn struct{}

func (NopConn) Close() error                     { return nil }
func (NopConn) LocalAddr() net.Addr              { return nil }
func (NopConn) RemoteAddr() net.Addr             { return nil }
func (NopConn) SetDeadline(time.Time) error      { return nil }
func (NopConn) SetReadDeadline(time.Time) error  { return nil }
func (NopConn) SetWriteDeadline(time.Time) error { return nil }

// Script is a net.Conn with a fixed input.
type Script struct {
	NopConn
	In io.Reader
}

func (s *Script) Read(p []byte) (int, error)  { return s.In.Read(p) }
func (s *Script) Write(p []byte) (int, error) { return len(p), nil }

// Pipes is a Config.Dial that connects to the test itself, for tests in fake time.
type Pipes chan net.Conn

// Accept waits for the gateway to dial.
func (p Pipes) Accept(t testing.TB) Peer { return Peer{<-p, t} }

// Dial hands the other end to Accept.
func (p Pipes) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
