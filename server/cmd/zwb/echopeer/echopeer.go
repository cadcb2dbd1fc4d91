package echopeer

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// Peer is a REP that speaks ZMTP 3.1 (https://rfc.zeromq.org/spec/37/). It sends every message back, sends a PING to everyone who
// connects, and answers PINGs.
type Peer struct {
	Endpoint       core.Endpoint
	lock           Lock
	Pinged, Ponged chan struct{} // each holds a token once a PING has come, and once the peer's own PING was answered

	listener net.Listener
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// Lock is the credentials that a peer asks for before it serves. The zero value is the NULL mechanism, which asks for none.
type Lock struct {
	Plain *gateway.Plain
	Curve *CurveLock
}

// CurveLock has the secret key of the server, and the public key of the only client that it admits.
type CurveLock struct{ Secret, Client [curve.KeySize]byte }

// anyPort is a port of 127.0.0.1 that the kernel chooses.
var anyPort = core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}

// What the peer writes, with the headers of frames, and what it waits for, without these headers.
const (
	echoSignature = "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x01" // and the version
	echoReady     = "\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03REP"
	echoWelcome   = "\x04\x08\x07WELCOME"
	echoRefusal   = "\x04\x0a\x05ERROR\x03400"
	echoPing      = "\x04\x0d\x04PING\x00\x00doctor"
	echoPong      = "\x04PONGdoctor"

	echoGreetingSize = 64
	echoMaxFrame     = 4 << 20

	flagLong    = 2
	flagCommand = 4
)

// Start starts a peer, which ends with ctx. Close ends it earlier.
func Start(ctx context.Context, l Lock) (*Peer, error) {
	listener, err := net.Listen("tcp", anyPort.HostPort())
	if err != nil {
		return nil, err
	}
	p := &Peer{
		Endpoint: anyPort, lock: l, listener: listener,
		Pinged: make(chan struct{}, 1), Ponged: make(chan struct{}, 1),
	}
	p.Endpoint.Port = uint16(listener.Addr().(*net.TCPAddr).Port)
	ctx, p.cancel = context.WithCancel(ctx)
	p.running.Go(func() { p.accept(ctx) })
	return p, nil
}

// Close ends it, and waits until it has ended.
func (p *Peer) Close() {
	p.cancel()
	p.running.Wait()
}

// accept serves one connection after another. Start runs it in a goroutine of its own.
func (p *Peer) accept(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { p.listener.Close() })()
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		release := context.AfterFunc(ctx, func() { conn.Close() })
		p.serve(conn)
		release()
		conn.Close()
	}
}

// serve serves one connection until it ends.
func (p *Peer) serve(conn net.Conn) {
	if l := p.lock.Curve; l != nil {
		admit := func(client [curve.KeySize]byte) bool { return client == l.Client }
		secured, err := curve.Server(conn, l.Secret, admit, echoMaxFrame)
		if err != nil {
			return
		}
		conn = secured
	}
	r, w := bufio.NewReader(conn), bufio.NewWriter(conn)
	p.greet(w)
	if w.Flush() != nil {
		return
	}
	if _, err := r.Discard(echoGreetingSize); err != nil {
		return
	}
	for p.answer(r, w) == nil {
		if r.Buffered() == 0 && w.Flush() != nil {
			return
		}
	}
}

func (p *Peer) greet(w *bufio.Writer) {
	mechanism := "NULL"
	if p.lock.Plain != nil {
		mechanism = "PLAIN"
	}
	greeting := make([]byte, echoGreetingSize)
	copy(greeting[copy(greeting, echoSignature):], mechanism)
	w.Write(greeting)
	if p.lock.Plain == nil {
		w.WriteString(echoReady)
	}
}

// answer handles one frame.
func (p *Peer) answer(r *bufio.Reader, w *bufio.Writer) error {
	flags, err := r.ReadByte()
	if err != nil {
		return err
	}
	header := make([]byte, 8)
	length := header[7:]
	if flags&flagLong != 0 {
		length = header
	}
	if _, err := io.ReadFull(r, length); err != nil {
		return err
	}
	size := binary.BigEndian.Uint64(header)
	if size > echoMaxFrame {
		return errors.New("a frame too large for this")
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	if flags&flagCommand != 0 {
		p.obey(w, body)
		return nil
	}
	w.WriteByte(flags)
	w.Write(length)
	_, err = w.Write(body)
	return err
}

// obey handles a command. An error of writing is returned by the next flush.
func (p *Peer) obey(w *bufio.Writer, command []byte) {
	name, body := cutName(command)
	switch name {
	case "HELLO":
		if l := p.lock.Plain; l == nil || string(body) != short(l.Username)+short(l.Password) {
			w.WriteString(echoRefusal)
			return
		}
		w.WriteString(echoWelcome)
	case "INITIATE":
		w.WriteString(echoReady + echoPing)
	case "READY":
		w.WriteString(echoPing)
	case "PONG":
		if string(command) == echoPong {
			offer(p.Ponged)
		}
	case "PING":
		if len(body) < 2 || len(body) > 2+16 {
			return // a PING is a TTL and a context of at most 16 bytes
		}
		pong := append([]byte("\x04PONG"), body[2:]...)
		w.Write([]byte{flagCommand, byte(len(pong))})
		w.Write(pong)
		offer(p.Pinged)
	}
}

// cutName splits a command into its name and the rest.
func cutName(command []byte) (name string, body []byte) {
	if len(command) == 0 || len(command) <= int(command[0]) {
		return "", nil
	}
	return string(command[1 : 1+command[0]]), command[1+command[0]:]
}

// short encodes a string of at most 255 bytes: its length in one byte, and then its bytes.
func short(s string) string { return string([]byte{byte(len(s))}) + s }

// offer puts a token into a channel, unless there is one already.
func offer(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
