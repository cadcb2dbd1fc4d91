package gateway

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// unusedEndpoint is an address nobody listens at.
func unusedEndpoint(t testing.TB) core.Endpoint {
	t.Helper()
	l := listenLocal(t)
	ep := endpointOf(l.Addr())
	l.Close()
	return ep
}

func listenLocal(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func endpointOf(addr net.Addr) core.Endpoint {
	tcp := addr.(*net.TCPAddr)
	return core.Endpoint{Transport: "tcp", Host: tcp.IP.String(), Port: uint16(tcp.Port)}
}

// The wire, by hand: what zmq4 would not send.

func greeting(minor byte) []byte {
	b := make([]byte, greetingSize)
	b[0], b[9], b[10], b[11] = 0xff, 0x7f, 3, minor
	copy(b[12:], "NULL")
	return b
}

func frame(flags byte, body []byte) []byte {
	if len(body) > 255 {
		return append(announce(flags, uint64(len(body))), body...)
	}
	return append([]byte{flags, byte(len(body))}, body...)
}

// announce is the header of a frame that may never come.
func announce(flags byte, size uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, size)
}

func command(name string, body ...byte) []byte {
	return frame(flagCommand, append(append([]byte{byte(len(name))}, name...), body...))
}

func ready(socketType string) []byte {
	body := append([]byte{11}, "Socket-Type"...)
	body = binary.BigEndian.AppendUint32(body, uint32(len(socketType)))
	return command("READY", append(body, socketType...)...)
}

func join(pieces ...[]byte) []byte {
	var b []byte
	for _, p := range pieces {
		b = append(b, p...)
	}
	return b
}

// hello is a complete handshake of a ZMTP 3.1 peer.
func hello(socketType string) []byte { return join(greeting(1), ready(socketType)) }

// fakePeer is a connection to a gateway that a test speaks on by hand.
type fakePeer struct {
	net.Conn
	t testing.TB
}

// dialFake connects to a listening gateway.
func dialFake(t testing.TB, ep core.Endpoint) fakePeer {
	t.Helper()
	conn, err := net.Dial("tcp", ep.HostPort())
	if err != nil {
		t.Fatal(err)
	}
	return newFake(t, conn)
}

// acceptFake waits for a gateway to connect.
func acceptFake(t testing.TB, l net.Listener) fakePeer {
	t.Helper()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return newFake(t, conn)
}

func newFake(t testing.TB, conn net.Conn) fakePeer {
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return fakePeer{conn, t}
}

// say writes; that the other end has hung up by then is not an error.
func (f fakePeer) say(pieces ...[]byte) { f.Write(join(pieces...)) }

// meet performs the handshake as a socketType. It never writes while the gateway does, so that an unbuffered pipe will do.
func (f fakePeer) meet(minor byte, socketType string) {
	f.t.Helper()
	f.read(make([]byte, greetingSize))
	f.say(greeting(minor))
	if flags, _ := f.frame(); flags != flagCommand {
		f.t.Fatalf("no READY: flags %#x", flags)
	}
	f.say(ready(socketType))
}

// frame reads one frame.
func (f fakePeer) frame() (flags byte, body []byte) {
	f.t.Helper()
	header := make([]byte, shortHeader, longHeader)
	f.read(header)
	size := uint64(header[1])
	if header[0]&flagLong != 0 {
		header = header[:longHeader]
		f.read(header[shortHeader:])
		size = binary.BigEndian.Uint64(header[1:])
	}
	body = make([]byte, size)
	f.read(body)
	return header[0] &^ flagLong, body
}

// awaitPing reads a PING and returns its context.
func (f fakePeer) awaitPing() []byte {
	f.t.Helper()
	flags, body := f.frame()
	context, ok := bytes.CutPrefix(body, []byte("\x04PING\x00\x00"))
	if flags != flagCommand || !ok {
		f.t.Fatalf("got %#x %q instead of a PING", flags, body)
	}
	return context
}

// message reads one message.
func (f fakePeer) message() core.Message {
	f.t.Helper()
	var m core.Message
	for {
		flags, body := f.frame()
		if m = append(m, body); flags&flagMore == 0 {
			return m
		}
	}
}

func (f fakePeer) read(b []byte) {
	f.t.Helper()
	if _, err := io.ReadFull(f, b); err != nil {
		f.t.Fatal("the gateway hung up: ", err)
	}
}

// hungUp waits until the gateway closes the connection.
func (f fakePeer) hungUp() {
	f.t.Helper()
	if err := f.drain(); err != nil {
		f.t.Fatal(err)
	}
}

// drain reads until the gateway closes the connection, or returns that it did not.
func (f fakePeer) drain() error {
	_, err := io.Copy(io.Discard, f)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return errors.New("the gateway did not hang up")
	}
	return nil
}

// fin ends this side of the connection.
func (f fakePeer) fin() { f.Conn.(*net.TCPConn).CloseWrite() }

// nopConn is what a net.Conn needs beyond Read and Write.
type nopConn struct{}

func (nopConn) Close() error                     { return nil }
func (nopConn) LocalAddr() net.Addr              { return nil }
func (nopConn) RemoteAddr() net.Addr             { return nil }
func (nopConn) SetDeadline(time.Time) error      { return nil }
func (nopConn) SetReadDeadline(time.Time) error  { return nil }
func (nopConn) SetWriteDeadline(time.Time) error { return nil }

// pipes is a Config.Dial that connects to the test itself, for tests in fake time.
type pipes chan net.Conn

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// accept waits for the gateway to dial.
func (p pipes) accept(t testing.TB) fakePeer { return fakePeer{<-p, t} }

// somewhere is an endpoint for a Config.Dial that does not look at it.
var somewhere = core.Endpoint{Transport: "tcp", Host: "backend.example", Port: 5555}

// echo is a message as a REP sends it back.
func echo(m core.Message) (b []byte) {
	for i, part := range m {
		flags := byte(flagMore)
		if i == len(m)-1 {
			flags = 0
		}
		b = append(b, frame(flags, part)...)
	}
	return b
}
