package main

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

// echoPeer is a REP of ZMTP 3.1 written down by hand, so that the gateways are not only tested against themselves. It
// sends every message back, PINGs whoever connects, and answers PINGs. https://rfc.zeromq.org/spec/37/
type echoPeer struct {
	endpoint       core.Endpoint
	lock           lock
	pinged, ponged chan struct{} // hold a token once a PING has come, and the answer to the peer's own

	listener net.Listener
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// lock is what a peer asks for before it serves; the zero value is the NULL mechanism.
type lock struct {
	plain *gateway.Plain
	curve *curveLock
}

// curveLock is the server's secret key, and the public one of the client it admits.
type curveLock struct{ secret, client [curve.KeySize]byte }

// What the peer writes, with the headers of frames, and what it waits for, without.
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

// startEchoPeer starts a peer that ends with ctx; close ends and joins it.
func startEchoPeer(ctx context.Context, l lock) (*echoPeer, error) {
	listener, err := net.Listen("tcp", anyPort.HostPort())
	if err != nil {
		return nil, err
	}
	p := &echoPeer{
		endpoint: anyPort, lock: l, listener: listener,
		pinged: make(chan struct{}, 1), ponged: make(chan struct{}, 1),
	}
	p.endpoint.Port = uint16(listener.Addr().(*net.TCPAddr).Port)
	ctx, p.cancel = context.WithCancel(ctx)
	p.running.Go(func() { p.accept(ctx) })
	return p, nil
}

func (p *echoPeer) close() {
	p.cancel()
	p.running.Wait()
}

// accept serves one connection after the other.
func (p *echoPeer) accept(ctx context.Context) {
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

// serve ends with the connection.
func (p *echoPeer) serve(conn net.Conn) {
	if l := p.lock.curve; l != nil {
		admit := func(client [curve.KeySize]byte) bool { return client == l.client }
		secured, err := curve.Server(conn, l.secret, admit, echoMaxFrame)
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

func (p *echoPeer) greet(w *bufio.Writer) {
	mechanism := "NULL"
	if p.lock.plain != nil {
		mechanism = "PLAIN"
	}
	greeting := make([]byte, echoGreetingSize)
	copy(greeting[copy(greeting, echoSignature):], mechanism)
	w.Write(greeting)
	if p.lock.plain == nil {
		w.WriteString(echoReady)
	}
}

// answer takes one frame.
func (p *echoPeer) answer(r *bufio.Reader, w *bufio.Writer) error {
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

// obey takes a command. What fails to be written shows at the next flush.
func (p *echoPeer) obey(w *bufio.Writer, command []byte) {
	name, body := cutName(command)
	switch name {
	case "HELLO":
		if l := p.lock.plain; l == nil || string(body) != short(l.Username)+short(l.Password) {
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
			offer(p.ponged)
		}
	case "PING":
		if len(body) < 2 || len(body) > 2+16 {
			return // a PING is a TTL and a context of at most 16 bytes
		}
		pong := append([]byte("\x04PONG"), body[2:]...)
		w.Write([]byte{flagCommand, byte(len(pong))})
		w.Write(pong)
		offer(p.pinged)
	}
}

// cutName splits a command into its name and the rest.
func cutName(command []byte) (name string, body []byte) {
	if len(command) == 0 || len(command) <= int(command[0]) {
		return "", nil
	}
	return string(command[1 : 1+command[0]]), command[1+command[0]:]
}

// short is a string of at most 255 bytes with its length before it.
func short(s string) string { return string([]byte{byte(len(s))}) + s }

// offer leaves a token, unless there is one.
func offer(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
