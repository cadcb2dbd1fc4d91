package port_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// heirbox is a mailbox that is told what it has missed.
type heirbox struct {
	*Mailbox
	missed chan uint64
}

func (b heirbox) Missed(messages uint64) { b.missed <- messages }

func alice(t *testing.T, f *gateway.Factory, ep core.Endpoint, room int64) (*gateway.Port, heirbox) {
	t.Helper()
	in := heirbox{NewMailbox(room), make(chan uint64, 10)}
	return newPort(t, f, core.DEALER, ep, gateway.PortOptions{Identity: []byte("alice"), Receiver: in}), in
}

// newUnhurriedFactory makes a factory whose only PINGs are those of a handover.
func newUnhurriedFactory(t *testing.T) *gateway.Factory {
	t.Helper()
	c := quick()
	c.Heartbeat = time.Hour
	return newTestFactory(t, c)
}

func dropped(f *gateway.Factory) uint64 { return f.Stats().Dropped[drop.Closed] }

// TestHandover: the next page of a name has the connection of the one before, and none of its messages: not the one that was
// held back, not what came while nobody was there, and not what was under way when it came.
func TestHandover(t *testing.T) {
	t.Parallel()
	for name, minor := range map[string]byte{"a peer that answers PINGs": 1, "one that does not": 0} {
		t.Run(name, func(t *testing.T) {
			l, f := ListenLocal(t), newUnhurriedFactory(t)
			ep := EndpointOf(l.Addr())
			first, in := alice(t, f, ep, 1)
			peer := AcceptPeer(t, l)
			peer.Meet(minor, "ROUTER")
			awaitReady(t, first)
			_, err := f.Port(core.DEALER, ep, gateway.PortOptions{Identity: []byte("alice"), Receiver: in})
			WantCode(t, err, core.Conflict)

			peer.Say(Frame(0, []byte("taken")), Frame(0, []byte("held back")))
			WantWords(t, in.Next(t), "taken")
			first.Release()
			peer.Say(Frame(0, []byte("for nobody")))
			Eventually(t, "both are dropped", func() bool { return dropped(f) == 2 })

			next, in := alice(t, f, ep, Plenty)
			want := uint64(2)
			if minor >= 1 {
				send(t, next, "of the next page")
				question := peer.AwaitPing()
				WantWords(t, peer.Message(), "of the next page")
				peer.Say(Frame(0, []byte("under way")), Command("PONG", question...))
				question = peer.AwaitPing() // something came, so more may
				peer.Say(Frame(0, []byte("overtaken by the answer")), Command("PONG", question...))
				question = peer.AwaitPing()
				peer.Say(Command("PONG", question...))
				want += 2
			}
			peer.Say(Frame(0, []byte("for the next page")))
			WantWords(t, in.Next(t), "for the next page")
			if got := Await(t, "what it has missed", in.missed); got != want {
				t.Errorf("it has missed %d, want %d", got, want)
			}
			if got := f.Stats(); got.Dials != 1 || got.Sockets != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestHandoverEndsWithTheConnection: nothing is under way over the next one.
func TestHandoverEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	l, f := ListenLocal(t), newUnhurriedFactory(t)
	first, _ := alice(t, f, EndpointOf(l.Addr()), Plenty)
	peer := AcceptPeer(t, l)
	peer.Meet(1, "ROUTER")
	awaitReady(t, first)
	first.Release()
	_, in := alice(t, f, EndpointOf(l.Addr()), Plenty)
	peer.AwaitPing() // and no answer
	peer.Close()
	peer = AcceptPeer(t, l)
	peer.Meet(1, "ROUTER")
	peer.Say(Frame(0, []byte("hello")))
	WantWords(t, in.Next(t), "hello")
	if len(in.missed) > 0 {
		t.Errorf("it has missed %d", <-in.missed)
	}
}

// TestRetiredPortStillSends: what was accepted for it, and what it still has to say, leaves before its connection is another
// page's alone.
func TestRetiredPortStillSends(t *testing.T) {
	t.Parallel()
	l, f := ListenLocal(t), newUnhurriedFactory(t)
	first, in := alice(t, f, EndpointOf(l.Addr()), Plenty)
	first.Retire()
	next, nextIn := alice(t, f, EndpointOf(l.Addr()), Plenty)
	send(t, first, "last words")
	send(t, next, "hello")
	peer := AcceptPeer(t, l)
	peer.Meet(0, "ROUTER")
	WantWords(t, peer.Message(), "last words")
	WantWords(t, peer.Message(), "hello")
	first.Release()
	peer.Say(Frame(0, []byte("answer")))
	WantWords(t, nextIn.Next(t), "answer")
	if len(in.Messages) > 0 {
		t.Errorf("the first gets %q", <-in.Messages)
	}
}
