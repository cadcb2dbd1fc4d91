package gatewaytest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

// AnyPort leaves the choice of the port to the kernel; the gateway's Endpoint tells which one it is.
var AnyPort = core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}

// Somewhere is an endpoint for a Config.Dial that does not look at it.
var Somewhere = core.Endpoint{Transport: "tcp", Host: "backend.example", Port: 5555}

// RefusingEndpoint is an address that refuses connections until the test ends: its port belongs to a connection, so nobody
// else can listen there.
func RefusingEndpoint(t testing.TB) core.Endpoint {
	t.Helper()
	owner := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	conn, err := owner.Dial("tcp", ListenLocal(t).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return EndpointOf(conn.LocalAddr())
}

// UnusedEndpoint is an address nobody listens at yet: for a test that does so later.
func UnusedEndpoint(t testing.TB) core.Endpoint {
	t.Helper()
	return core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: uint16(unused.Port(t))}
}

// ListenLocal listens at a free port, until the test ends.
func ListenLocal(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// EndpointOf is the endpoint at a TCP address.
func EndpointOf(addr net.Addr) core.Endpoint {
	tcp := addr.(*net.TCPAddr)
	return core.Endpoint{Transport: "tcp", Host: tcp.IP.String(), Port: uint16(tcp.Port)}
}

// Peer is a connection to a gateway that a test speaks on by hand.
type Peer struct {
	net.Conn
	t testing.TB
}

// AwaitPing reads a PING and returns its context.
func (f Peer) AwaitPing() []byte {
	f.t.Helper()
	flags, body := f.Frame()
	context, ok := bytes.CutPrefix(body, []byte("\x04PING\x00\x00"))
	if flags != FlagCommand || !ok {
		f.t.Fatalf("got %#x %q instead of a PING", flags, body)
	}
	return context
}

// Drain reads until the gateway closes the connection, or returns that it did not.
func (f Peer) Drain() error {
	_, err := io.Copy(io.Discard, f)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return errors.New("the gateway did not hang up")
	}
	return nil
}

// Fin ends this side of the connection.
func (f Peer) Fin() { f.Conn.(*net.TCPConn).CloseWrite() }

// Flap greets and hangs up, and waits for the gateway to do so.
func (f Peer) Flap(socketType string, complete bool) {
	if f.Say(Greet(1)); complete {
		f.Say(Ready(socketType))
	}
	f.Fin()
	io.Copy(io.Discard, f)
	f.Close()
}

// Frame reads one frame, or fails the test.
func (f Peer) Frame() (flags byte, body []byte) {
	f.t.Helper()
	flags, body, err := readFrame(f)
	if err != nil {
		f.t.Fatal("the gateway hung up: ", err)
	}
	return flags, body
}

func readFrame(r io.Reader) (flags byte, body []byte, err error) {
	header := make([]byte, 2, 9)
	if _, err = io.ReadFull(r, header); err != nil {
		return 0, nil, err
	}
	size := uint64(header[1])
	if header[0]&FlagLong != 0 {
		header = header[:9]
		if _, err = io.ReadFull(r, header[2:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(header[1:])
	}
	body = make([]byte, size)
	_, err = io.ReadFull(r, body)
	return header[0] &^ FlagLong, body, err
}

// Hear reads until a part has come, past everything else.
func (f Peer) Hear(part string) {
	f.t.Helper()
	for {
		if flags, body := f.Frame(); flags&FlagCommand == 0 && string(body) == part {
			return
		}
	}
}

// HungUp waits until the gateway closes the connection.
func (f Peer) HungUp() {
	f.t.Helper()
	if err := f.Drain(); err != nil {
		f.t.Fatal(err)
	}
}

// Meet performs the handshake as a socketType. It never writes while the gateway does, so that an unbuffered pipe will do: a
// gateway that has dialled listens first.
func (f Peer) Meet(minor byte, socketType string) {
	f.t.Helper()
	f.ReadFull(make([]byte, GreetingOpening))
	f.Say(Greet(minor))
	f.ReadFull(make([]byte, GreetingSize-GreetingOpening))
	f.Say(Ready(socketType))
	if flags, _ := f.Frame(); flags != FlagCommand {
		f.t.Fatalf("no READY: flags %#x", flags)
	}
}

// MeetAs is Meet with a routing id.
func (f Peer) MeetAs(socketType, identity string) {
	f.t.Helper()
	f.ReadFull(make([]byte, GreetingOpening))
	f.Say(Greet(1))
	f.ReadFull(make([]byte, GreetingSize-GreetingOpening))
	f.Say(ReadyAs(socketType, identity))
	f.Frame()
}

// Message reads one message.
func (f Peer) Message() core.Message {
	f.t.Helper()
	var m core.Message
	for {
		flags, body := f.Frame()
		if m = append(m, body); flags&FlagMore == 0 {
			return m
		}
	}
}

// ReadFull fills b, or fails the test.
func (f Peer) ReadFull(b []byte) {
	f.t.Helper()
	if _, err := io.ReadFull(f, b); err != nil {
		f.t.Fatal("the gateway hung up: ", err)
	}
}

// Rest reads until the gateway closes the connection, and returns the messages that came whole.
func (f Peer) Rest() (all []core.Message) {
	f.t.Helper()
	var m core.Message
	for {
		flags, body, err := readFrame(f)
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			f.t.Fatal("the gateway did not hang up")
		}
		if err != nil {
			return all
		}
		if m = append(m, body); flags&FlagMore == 0 {
			all, m = append(all, m), nil
		}
	}
}

// Say writes; that the other end has hung up by then is not an error.
func (f Peer) Say(pieces ...[]byte) { f.Write(Join(pieces...)) }

// SendHostile plays the part of a hostile peer and does not wait for its end.
func (f Peer) SendHostile(h Hostile, socketType core.SocketType) {
	f.Say(h.Sends(socketType.String()))
	if h.Fin {
		f.Fin()
	}
}

// DialPeer connects to a listening gateway.
func DialPeer(t testing.TB, ep core.Endpoint) Peer {
	t.Helper()
	conn, err := net.Dial("tcp", ep.HostPort())
	if err != nil {
		t.Fatal(err)
	}
	return newFake(t, conn)
}

// Speak makes a peer of a connection that has no deadline and is not closed with the test.
func Speak(t testing.TB, conn net.Conn) Peer { return Peer{conn, t} }

// AcceptPeer waits for a gateway to connect.
func AcceptPeer(t testing.TB, l net.Listener) Peer {
	t.Helper()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(Patience))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return newFake(t, conn)
}

func newFake(t testing.TB, conn net.Conn) Peer {
	conn.SetDeadline(time.Now().Add(Patience))
	t.Cleanup(func() { conn.Close() })
	return Peer{conn, t}
}
