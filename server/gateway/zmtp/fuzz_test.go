package zmtp

import (
	"bytes"
	"reflect"
	"testing"

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
			if got := drive(stream, limits, receive); !reflect.DeepEqual(got, want) {
				t.Fatalf("got %q, zmq4 reads %q", got, want)
			}
		}
	})
}

func zmq4Only(p *Conn) (core.Message, error) {
	for {
		m, err := p.conn.RecvMsg()
		if err != nil {
			return nil, err
		}
		if whole, excess := p.guard.takeExcess(m.Frames); excess == nil {
			return whole, nil
		}
	}
}

func receive(p *Conn) (core.Message, error) {
	return p.receive()
}

// drive feeds a stream to a peer, and returns the messages that come out.
func drive(stream []byte, limits Limits, receive func(*Conn) (core.Message, error)) (messages []core.Message) {
	c := Config{}.WithDefaults()
	p, err := meet(&Script{In: bytes.NewReader(stream)}, Self{Type: core.DEALER, Limits: limits}, &c, new(Traffic))
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
