package link

import (
	"context"
	"testing"

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
