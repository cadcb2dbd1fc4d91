package port_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestSilentPeer is known before it is given up, and when it is heard again, who waits is told.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	for typ, peerType := range map[core.SocketType]string{core.PUSH: "PULL", core.DEALER: "ROUTER"} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			c := quick()
			c.Heartbeat = 500 * time.Millisecond
			f := newTestFactory(t, c)
			l := ListenLocal(t)
			room := make(chan struct{}, Plenty)
			p := newPort(t, f, typ, EndpointOf(l.Addr()), gateway.PortOptions{Receiver: NewMailbox(Plenty), Room: func() { room <- struct{}{} }})
			if got := p.Reach(); got != gateway.ReachAway {
				t.Errorf("reach is %d before anybody is there", got)
			}
			peer := AcceptPeer(t, l)
			peer.Meet(1, peerType)
			Eventually(t, "ready", func() bool { return p.Reach() == gateway.ReachReady })
			Eventually(t, "the PING is not answered", func() bool { return p.Reach() == gateway.ReachSilent })
			p.Await()
			peer.Say(Frame(FlagCommand, []byte("\x04PONG")))
			Eventually(t, "ready again", func() bool { return p.Reach() == gateway.ReachReady })
			Await(t, "the word of it", room)
		})
	}
}

// TestReturned: what a peer that has gone did not take comes back to who sent it, in order; and while nobody is there a port
// that is returned messages takes none.
func TestReturned(t *testing.T) {
	t.Parallel()
	const messages, size = 300, 100_000 // more than the kernel takes
	f := newTestFactory(t, quick())
	l := ListenLocal(t)
	returned := make(chan []core.Message, 1)
	var left atomic.Int64
	p := newPort(t, f, core.PUSH, EndpointOf(l.Addr()), gateway.PortOptions{Returned: func(m []core.Message) { returned <- m }})
	WantCode(t, p.Send(Text("nobody"), nil), core.Busy)
	peer := AcceptPeer(t, l)
	peer.Meet(1, "PULL")
	l.Close()
	awaitReady(t, p)
	for i := range messages {
		m := core.Message{make([]byte, size)}
		m[0][0], m[0][1] = byte(i>>8), byte(i)
		if err := p.Send(m, func() { left.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	peer.Close()
	back := Await(t, "what was not taken", returned)
	if got := int(left.Load()) + len(back); got != messages || len(back) == 0 {
		t.Errorf("%d have left and %d are back, of %d", left.Load(), len(back), messages)
	}
	for n, m := range back {
		if i := messages - len(back) + n; int(m[0][0])<<8|int(m[0][1]) != i {
			t.Fatalf("message %d is back in place of %d", int(m[0][0])<<8|int(m[0][1]), i)
		}
	}
	WantCode(t, p.Send(Text("nobody"), nil), core.Busy)
}
