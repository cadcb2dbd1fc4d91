package gateway

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// FuzzPeer sends anything at all, as a handshake and as a stream after a good one. Nothing may panic or pass a limit.
func FuzzPeer(f *testing.F) {
	for _, h := range HostilePeers {
		f.Add(h.Sends("REP"))
	}
	f.Add(Handshaken(Frame(FlagMore, []byte("a")), Frame(0, []byte("b")), Command("PING", 0, 0, 'x'), Frame(FlagLong, nil))("REP"))
	limits := Limits{MaxFrame: 1000, MaxMessage: 2000, MaxParts: 4, MaxCommand: 500}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, stream := range [][]byte{in, Join(Hello("REP"), in)} {
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
	p, err := meet(&Script{In: bytes.NewReader(stream)}, self{typ: typ, limits: limits}, e)
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

// FuzzSocket has a peer of any type say anything at all to a socket of ours that listens, with a page behind it. Nothing
// may panic, and when the peer has gone nothing may be left of it.
func FuzzSocket(f *testing.F) {
	for _, p := range endpoints() {
		if !p.bind || p.ours == core.REP {
			continue // REP has a gateway of its own
		}
		theirs := p.theirs.String()
		for _, h := range HostilePeers {
			f.Add(uint8(p.ours), h.Sends(theirs))
		}
		f.Add(uint8(p.ours), Join(Greet(1), ReadyAs(theirs, peerID), Echo(Text("\x01a", "")), Echo(Text("\x01a")), Echo(Text("\x00a")),
			Command("SUBSCRIBE", 'a'), Command("CANCEL", 'b'), Command("PING", 0, 1, 'x'), Echo(Text("", "a"))))
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
		p, err := meet(&Script{In: bytes.NewReader(in)}, self{typ: zmq4.SocketType(ours.String()), limits: limitsFor(ours, limits)}, e)
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
