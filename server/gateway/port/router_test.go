package port_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestRouterRoutingIDs: the identity a peer brings, or one that is generated as libzmq does.
func TestRouterRoutingIDs(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.ROUTER, AnyPort)
	named := StartPeer(t, "DEALER", p.Endpoint(), "--identity", "worker 1")
	nameless := StartPeer(t, "DEALER", p.Endpoint())

	named.Tell([]string{"hello"})
	WantWords(t, in.Next(t), "worker 1", "hello")
	nameless.Tell([]string{"hi", ""})
	got := in.Next(t)
	id := got[0]
	if len(id) != 5 || id[0] != 0 {
		t.Errorf("generated the routing id %q", id)
	}
	WantMessage(t, got[1:], Text("hi", ""))

	send(t, p, string(id), "to the nameless")
	send(t, p, "worker 1", "to the worker", "")
	WantMessage(t, nameless.HearMessage(), Text("to the nameless"))
	WantMessage(t, named.HearMessage(), Text("to the worker", ""))

	// To nobody, and to one that has gone.
	left := make(chan struct{}, 1)
	if err := p.Send(Text("worker 2", "x"), func() { left <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	Await(t, "it has left", left)
	named.Kill()
	Eventually(t, "dropped", func() bool {
		send(t, p, "worker 1", "x")
		return f.Stats().Dropped[drop.NoRoute] >= 2
	})
	WantCode(t, p.Send(Text("worker 1"), nil), core.Invalid)
}

// TestRouterConnects: the routing id of a peer holds for one connection.
func TestRouterConnects(t *testing.T) {
	t.Parallel()
	dealer := StartPeer(t, "DEALER", core.Endpoint{})
	f := newTestFactory(t, quick())
	p, in := dialPort(t, f, core.ROUTER, dealer.Endpoint())
	dealer.Tell([]string{"hello"})
	first := in.Next(t)[0]
	dealer.Kill()
	Eventually(t, "it is gone", func() bool { return !p.Ready() })
	dealer = BindPeer(t, "DEALER", dealer.Endpoint())
	dealer.Tell([]string{"hello"})
	second := in.Next(t)[0]
	if slices.Equal(first, second) {
		t.Errorf("both connections have the id %q", first)
	}
	send(t, p, string(first), "to nobody")
	send(t, p, string(second), "hi")
	WantMessage(t, dealer.HearMessage(), Text("hi"))
}

// TestRouterIdentityInUse: an identity belongs to the first who brings it, until he goes.
func TestRouterIdentityInUse(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.ROUTER, AnyPort)
	first := StartPeer(t, "DEALER", p.Endpoint(), "--identity", "me")
	first.Tell([]string{"first"})
	WantWords(t, in.Next(t), "me", "first")
	second := DialPeer(t, p.Endpoint())
	second.MeetAs("DEALER", "me")
	second.HungUp()
	long := DialPeer(t, p.Endpoint())
	long.MeetAs("DEALER", strings.Repeat("x", 300))
	long.HungUp()
	first.Tell([]string{"still here"})
	WantWords(t, in.Next(t), "me", "still here")
	first.Kill()
	Eventually(t, "it is gone", func() bool { return !p.Ready() })
	third := StartPeer(t, "DEALER", p.Endpoint(), "--identity", "me")
	third.Tell([]string{"third"})
	WantWords(t, in.Next(t), "me", "third")
}

// TestRouterSlowPeer: what is too much for one peer is dropped, and does not hold up the answers to others.
func TestRouterSlowPeer(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, gateway.Config{Heartbeat: -1, HWM: 10})
	p, in := bindPort(t, f, core.ROUTER, AnyPort)
	slow := DialPeer(t, p.Endpoint())
	slow.MeetAs("DEALER", "slow")
	good := StartPeer(t, "DEALER", p.Endpoint(), "--identity", "good")
	good.Tell([]string{"hello"})
	in.Next(t)
	body := string(make([]byte, 100_000))
	Eventually(t, "dropped", func() bool {
		send(t, p, "slow", body)
		return f.Stats().Dropped[drop.SlowPeer] > 0
	})
	send(t, p, "good", "hi")
	WantMessage(t, good.HearMessage(), Text("hi"))
}

// TestRouterMostParts: with its routing id a message still has no more parts than any may have.
func TestRouterMostParts(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.ROUTER, AnyPort)
	peer := DialPeer(t, p.Endpoint())
	peer.Meet(1, "DEALER")
	for range core.MaxParts - 2 {
		peer.Say(Frame(FlagMore, nil))
	}
	peer.Say(Frame(0, nil))
	if n := len(in.Next(t)); n != core.MaxParts {
		t.Errorf("%d parts, want %d", n, core.MaxParts)
	}
	for range 4 * core.MaxParts {
		peer.Say(Frame(FlagMore, nil))
	}
	peer.HungUp()
}
