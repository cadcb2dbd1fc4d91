package gateway

import (
	"bytes"
	"io"
	"reflect"
	"testing"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// FuzzPeer sends anything at all, as a handshake and as a stream after a good one. Nothing may panic or pass a limit.
func FuzzPeer(f *testing.F) {
	for _, h := range hostilePeers {
		f.Add(h.sends("REP"))
	}
	f.Add(handshaken(frame(flagMore, []byte("a")), frame(0, []byte("b")), command("PING", 0, 0, 'x'), frame(flagLong, nil))("REP"))
	limits := Limits{MaxFrame: 1000, MaxMessage: 2000, MaxParts: 4, MaxCommand: 500}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, stream := range [][]byte{in, join(hello("REP"), in)} {
			want := drive(stream, limits, zmq4Only)
			for _, m := range want {
				if len(m) == 0 || len(m) > limits.MaxParts || m.Size() > int(limits.MaxMessage) {
					t.Fatalf("a message of %d parts and %d bytes passed", len(m), m.Size())
				}
			}
			// What is taken out of the buffer by hand is what zmq4 would have read.
			if got := drive(stream, limits, (*peer).receive); !reflect.DeepEqual(got, want) {
				t.Fatalf("got %q, zmq4 reads %q", got, want)
			}
		}
	})
}

func zmq4Only(p *peer) (core.Message, error) {
	m, err := p.conn.RecvMsg()
	return m.Frames, err
}

// drive feeds a stream to a peer, and returns the messages that come out.
func drive(stream []byte, limits Limits, receive func(*peer) (core.Message, error)) (messages []core.Message) {
	return driveAs(zmq4.Dealer, stream, limits, receive)
}

// driveAs is drive for a peer that takes us for a typ.
func driveAs(typ zmq4.SocketType, stream []byte, limits Limits, receive func(*peer) (core.Message, error)) (messages []core.Message) {
	e := &environment{config: Config{}.withDefaults()}
	p, err := meet(&script{in: bytes.NewReader(stream)}, self{typ: typ, limits: limits}, e)
	if err != nil {
		return nil
	}
	for {
		m, err := receive(p)
		if err != nil {
			return messages
		}
		messages = append(messages, m)
	}
}

// script is a net.Conn with a fixed input.
type script struct {
	nopConn
	in io.Reader
}

func (s *script) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error) { return len(p), nil }

// FuzzSocket has a peer of any type say anything at all to a socket of ours that listens, with a page behind it. Nothing
// may panic, and when the peer has gone nothing may be left of it.
func FuzzSocket(f *testing.F) {
	for _, p := range endpoints() {
		if !p.bind || p.ours == core.REP {
			continue // REP has a gateway of its own
		}
		theirs := p.theirs.String()
		for _, h := range hostilePeers {
			f.Add(uint8(p.ours), h.sends(theirs))
		}
		f.Add(uint8(p.ours), join(greeting(1), readyAs(theirs, peerID), echo(text("\x01a", "")), echo(text("\x01a")), echo(text("\x00a")),
			command(cmdSubscribe, 'a'), command(cmdCancel, 'b'), command("PING", 0, 1, 'x'), echo(text("", "a"))))
	}
	limits := Limits{MaxFrame: 1000, MaxMessage: 2000, MaxParts: 4, MaxCommand: 500}
	f.Fuzz(func(t *testing.T, number uint8, in []byte) {
		ours := core.SocketType(number)
		if !ours.Valid() || ours == core.REQ || ours == core.REP {
			return
		}
		e := &environment{config: Config{Heartbeat: -1}.withDefaults()}
		s := &socket{env: e, pattern: newPattern(e, ours, true)}
		page := &Port{socket: s, receiver: glutton{}}
		if err := s.pattern.join(page); err != nil {
			t.Fatal(err)
		}
		page.Subscribe([]byte("a"), nil)
		p, err := meet(&script{in: bytes.NewReader(in)}, self{typ: zmq4.SocketType(ours.String()), limits: limitsFor(ours, limits)}, e)
		if err != nil {
			return
		}
		p.out = newOutbox(e.config)
		if err := s.pattern.serve(t.Context(), p); err == nil {
			t.Error("it ended for no reason")
		}
		if s.pattern.ready() {
			t.Error("somebody is connected")
		}
		s.pattern.leave(page)
		s.pattern.close()
		if !s.pattern.idle() {
			t.Error("something is queued")
		}
	})
}

// glutton is a page that takes everything.
type glutton struct{}

func (glutton) Receive(core.Message) bool { return true }
