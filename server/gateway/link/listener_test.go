package link

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// echoed is a message that is sent back.
type echoed core.Message

func (m echoed) Write(c *zmtp.Conn) error { return c.Send(nil, core.Message(m)) }

func TestListenerBoundsItsPeers(t *testing.T) {
	t.Parallel()
	c := Config{MaxPeers: 2}.WithDefaults()
	n := new(Counters)
	l, err := Listen(&c, n, AnyPort, zmtp.Self{Type: core.ROUTER, Limits: c.Limits})
	if err != nil {
		t.Fatal(err)
	}
	l.Start(func(ctx context.Context, conn *zmtp.Conn) error {
		conn.Out = zmtp.Wakeups()
		conn.OnMessage = func(m core.Message) error { return conn.Out.Push(echoed(m), 0) }
		return conn.Run(ctx)
	})
	t.Cleanup(func() {
		l.Stop()
		l.Join()
	})
	peers := []Peer{DialPeer(t, l.Endpoint()), DialPeer(t, l.Endpoint())}
	for _, p := range peers {
		p.Meet(1, "REQ")
	}
	DialPeer(t, l.Endpoint()).HungUp()
	if n := n.Excess.Load(); n != 1 {
		t.Errorf("%d connections dropped, want 1", n)
	}
	peers[0].Close()
	Eventually(t, "a place is free", func() bool { return len(l.places) == 1 })
	p := DialPeer(t, l.Endpoint())
	p.Meet(1, "REQ")
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("x")))
	WantWords(t, p.Message(), "", "x")
}

// TestListenerMoves: the old address is free at once, and who was connected there is not any more. It is down until it
// listens at the new address, which another listener may have to leave first.
func TestListenerMoves(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	next, err := core.ParseAddress("tcp://" + taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var at atomic.Pointer[core.Endpoint]
	at.Store(&AnyPort)
	c := Config{BackoffMin: time.Millisecond, BackoffMax: 10 * time.Millisecond, Resolve: func(core.Endpoint) (core.Endpoint, error) { return *at.Load(), nil }}.WithDefaults()
	l, err := Listen(&c, new(Counters), core.Endpoint{Name: "jobs"}, zmtp.Self{Type: core.PULL, Limits: c.Limits})
	if err != nil {
		t.Fatal(err)
	}
	first := l.socket.Addr().(*net.TCPAddr)
	l.Start(func(ctx context.Context, conn *zmtp.Conn) error {
		conn.Out = zmtp.Wakeups()
		conn.OnMessage = func(core.Message) error { return nil }
		return conn.Run(ctx)
	})
	t.Cleanup(func() { l.Stop(); l.Join() })
	events := NewEvents()
	defer l.Status().Watch(events)()
	events.Wait(t, "up")
	peer := DialPeer(t, core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: uint16(first.Port)})
	peer.Meet(1, "PUSH")

	at.Store(&next)
	l.Move()
	again, err := net.Listen("tcp", first.String())
	if err != nil {
		t.Fatalf("the old address is not free: %v", err)
	}
	again.Close()
	peer.HungUp()
	events.Wait(t, "down")
	Eventually(t, "it says that the address is in use", func() bool {
		_, reason := l.Status().Get()
		return core.CodeOf(reason) == core.Conflict
	})
	taken.Close()
	events.Wait(t, "up")
	DialPeer(t, next).Meet(1, "PUSH")
}
