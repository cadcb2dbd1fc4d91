package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// scene is a dialogue for every kind of gateway, all with one libzmq process, so that what happens to it happens to all at
// once, and is waited for only once.
type scene struct {
	t         *testing.T
	peer      *Libzmq
	dialogues []*dialogue
}

// heartbeat of our ends in a scene, and of their ends where they have to find out for themselves. Shorter, and a busy
// machine would be taken for a dead one.
const heartbeat = time.Second

func sceneConfig() Config {
	c := quick()
	c.Heartbeat = heartbeat
	c.DialTimeout = time.Second
	return c
}

// enact opens all ends. With relayed there is a relay in every connection.
func enact(t *testing.T, relayed bool) *scene {
	t.Helper()
	s := &scene{t: t, peer: StartLibzmq(t, recipes(payloads[0]))}
	for _, p := range endpoints() {
		d := &dialogue{pair: p, peer: s.peer, name: p.String()}
		s.dialogues = append(s.dialogues, d)
		if p.bind {
			d.end = newEnd(t, p, sceneConfig(), AnyPort)
			port := d.end.endpoint.Port
			if relayed {
				d.relay = NewRelay(t, d.end.endpoint, true)
				port = d.relay.Endpoint.Port
			}
			d.open(t, port, relayed)
			continue
		}
		d.open(t, 0, relayed)
		ep := s.peer.EndpointOf(d.name)
		if relayed {
			d.relay = NewRelay(t, ep, false)
			ep = d.relay.Endpoint
		}
		d.end = newEnd(t, p, sceneConfig(), ep)
	}
	return s
}

// open opens the peer's socket, with a heartbeat if it is to notice by itself that we are gone.
func (c *dialogue) open(t *testing.T, port uint16, beats bool) {
	t.Helper()
	var options Order
	if beats {
		options = Order{"heartbeat": heartbeat.Milliseconds()}
	}
	openPeer(t, c.peer, c.name, c.pair, port, options)
}

// all does something in every dialogue.
func (s *scene) all(what string, do func(t *testing.T, d *dialogue)) {
	s.t.Helper()
	for _, d := range s.dialogues {
		s.t.Run(what+"/"+d.String(), func(t *testing.T) { do(t, d) })
	}
}

// expect leaves something open in every dialogue: a request of ours without a reply, one of theirs without an answer.
func (s *scene) expect() {
	s.t.Helper()
	s.all("expect", func(t *testing.T, d *dialogue) {
		switch d.ours {
		case core.REQ:
			before := d.end.factory.Stats().MessagesOut
			d.try(t, "pending")
			Eventually(t, "it is sent", func() bool { return d.end.factory.Stats().MessagesOut > before })
		case core.REP:
			d.peer.Do(t, Order{"do": "say", "socket": d.name, "text": "pending"})
			Await(t, "a request", d.end.in)
			d.pending = Await(t, "a request", d.end.requests)
		}
	})
}

// lose wants the connection to be given up for a reason, with what was left open. As long as nobody can be reached there
// may be another reason afterwards.
func (d *dialogue) lose(t *testing.T, reason, afterwards string) {
	t.Helper()
	if !d.bind {
		if got := d.end.watched.Wait(t, "down"); !strings.Contains(got, reason) {
			t.Errorf("got %q, want %q in it", got, reason)
		}
		Eventually(t, "it is known why: "+afterwards, func() bool {
			err := d.end.reason(t)
			return afterwards == "" || err != nil && strings.Contains(err.Error(), afterwards)
		})
	}
	if d.ours == core.REQ {
		WantCode(t, d.end.failure(t), core.Lost)
	}
	if d.pending != nil {
		Eventually(t, "the asker is gone", func() bool { return d.pending.back.Push(nothing{}, 0) == zmtp.ErrGone })
		WantCode(t, d.pending.Reply(Text("too late")), core.Lost)
		d.pending = nil
	}
}

// nothing may be queued towards a peer, to find out whether it is still there.
type nothing struct{}

func (nothing) Write(*zmtp.Conn) error { return nil }

// anybody is what is called out while nobody is there.
const anybody = "anybody there?"

// speakUnheard says something while nobody is there: at once it is accepted, dropped, or refused.
func (d *dialogue) speakUnheard(t *testing.T) {
	t.Helper()
	if !d.says() || d.ours == core.REP {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.try(t, anybody)
	}()
	Await(t, "Send returns", done)
	d.queued = d.ours == core.PUSH || d.ours == core.DEALER
	if d.ours == core.REQ {
		WantCode(t, d.end.failure(t), core.Unavailable)
	}
}

// answerPending answers what was left open.
func (d *dialogue) answerPending(t *testing.T) {
	t.Helper()
	if d.pending != nil {
		WantCode(t, d.pending.Reply(Text("at last")), core.OK)
		d.pending = nil
	}
}
