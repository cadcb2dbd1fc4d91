package curve

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// patience is how long a test waits for what has to happen. It is only ever used up by a failing test.
const patience = time.Minute

// testMaxFrame is what a frame may have in these tests.
const testMaxFrame = 64 << 20

func anybody([KeySize]byte) bool { return true }

// clientKeys are keys for a client of the server with this public key.
func clientKeys(server [KeySize]byte) Keys {
	public, secret := GenerateKeys()
	return Keys{Public: public, Secret: secret, Server: server}
}

// open is what package gateway does with a connection: CURVE, then the handshake zmq4 knows.
func open(nc net.Conn, keys Keys, typ zmq4.SocketType) (*zmq4.Conn, error) {
	nc.SetDeadline(time.Now().Add(patience))
	conn, err := Client(nc, keys, testMaxFrame)
	if err != nil {
		return nil, err
	}
	return zmq4.Open(conn, null.Security(), typ, nil, false, nil)
}

// dial opens a connection to a server on this machine, and fails the test when that fails.
func dial(t testing.TB, port int, keys Keys, typ zmq4.SocketType) *zmq4.Conn {
	t.Helper()
	conn, err := open(connect(t, port), keys, typ)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func connect(t testing.TB, port int) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

// loopback is a client and a server of this package, connected by TCP.
func loopback(t testing.TB) (client, server net.Conn) {
	t.Helper()
	near, far := tcpPair(t)
	public, secret := GenerateKeys()
	type accepted struct {
		conn net.Conn
		err  error
	}
	done := make(chan accepted, 1)
	go func() { // ends with the handshake, joined below
		conn, err := Server(far, secret, anybody, testMaxFrame)
		if err == nil {
			err = handshakeAs(conn, "REP")
		}
		done <- accepted{conn, err}
	}()
	client, err := Client(near, clientKeys(public), testMaxFrame)
	if err == nil {
		err = handshakeAs(client, "REQ")
	}
	got := <-done
	if err := errors.Join(err, got.err); err != nil {
		t.Fatal(err)
	}
	return client, got.conn
}

func tcpPair(t testing.TB) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near = connect(t, l.Addr().(*net.TCPAddr).Port)
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	near.SetDeadline(time.Now().Add(patience))
	far.SetDeadline(time.Now().Add(patience))
	return near, far
}

// handshakeAs is what a NULL peer does first. It reads nothing more than the peer's greeting and READY.
func handshakeAs(conn net.Conn, socketType string) error {
	_, err := zmq4.Open(conn, null.Security(), zmq4.SocketType(socketType), nil, false, nil)
	return err
}

// frame is a frame on the wire.
func frame(flags byte, body []byte) []byte {
	return append(appendHeader(nil, flags, len(body)), body...)
}

// message makes a message of parts of these sizes, no two of which are alike.
func message(sizes ...int) [][]byte {
	m := make([][]byte, len(sizes))
	for i, size := range sizes {
		m[i] = bytes.Repeat([]byte{byte(i + 1)}, size)
	}
	return m
}

func wantParts(t testing.TB, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d parts, want %d", len(got), len(want))
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("part %d: got %d bytes %.20q, want %d bytes %.20q", i, len(got[i]), got[i], len(want[i]), want[i])
		}
	}
}

func wantError(t testing.TB, err error, code core.Code, text string) {
	t.Helper()
	if err == nil || core.CodeOf(err) != code || !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want %v with %q", err, code, text)
	}
}
