package port_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestXpubHears what its peer wants: the first subscription to a prefix, the end of the last, and what is no subscription.
func TestXpubHears(t *testing.T) {
	t.Parallel()
	xsub := StartPeer(t, "XSUB", core.Endpoint{})
	f := newTestFactory(t, quick())
	p, in := dialPort(t, f, core.XPUB, xsub.Endpoint())
	xsub.Tell([]string{"\x01first"}) // said again, if it has to be, when it is connected; what follows is not
	WantWords(t, in.Next(t), "\x01first")
	xsub.Tell([]string{"\x00first"})
	WantWords(t, in.Next(t), "\x00first")
	for _, m := range []string{"\x01a", "\x01b", "\x01a", "hello", "\x00a", "\x00a", "\x00b", "\x01c", "\x01d"} {
		xsub.Tell([]string{m})
	}
	for _, want := range []string{"\x01a", "\x01b", "hello", "\x00a", "\x00b", "\x01c", "\x01d"} {
		WantWords(t, in.Next(t), want)
	}
	send(t, p, "a", "nobody wants it")
	send(t, p, "cc", "1")
	WantMessage(t, xsub.HearMessage(), Text("cc", "1"))

	// One that goes takes its subscriptions with it.
	xsub.Kill()
	gone := []string{string(in.Next(t)[0]), string(in.Next(t)[0])}
	slices.Sort(gone)
	if !slices.Equal(gone, []string{"\x00c", "\x00d"}) {
		t.Errorf("after it has gone: %q", gone)
	}
	BindPeer(t, "SUB", xsub.Endpoint(), "again")
	WantWords(t, in.Next(t), "\x01again")
}

// TestPubDrops and never says that it is busy.
func TestPubDrops(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, gateway.Config{HWM: 10, Heartbeat: -1})
	p := newPort(t, f, core.PUB, AnyPort, gateway.PortOptions{Bind: true})
	var left atomic.Int64
	published := int64(0)
	publish := func(parts ...string) {
		t.Helper()
		published++
		if err := p.Send(Text(parts...), func() { left.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	nothingIsHeld := func() {
		t.Helper()
		if left.Load() != published {
			t.Errorf("of %d messages that nobody waits for %d are held", published, published-left.Load())
		}
	}
	publish("a", "nobody is there")
	nothingIsHeld()
	if n := f.Stats().Dropped[drop.Unsubscribed]; n != 1 {
		t.Errorf("%d dropped, want 1", n)
	}
	peer := DialPeer(t, p.Endpoint())
	peer.Meet(1, "SUB")
	peer.Say(Frame(0, []byte("\x01a")))
	Eventually(t, "subscribed", func() bool { return p.Subscriptions() == 1 })
	publish("b", "nobody wants it")
	nothingIsHeld()
	if n := f.Stats().Dropped[drop.Unsubscribed]; n != 2 {
		t.Errorf("%d dropped, want 2", n)
	}
	body := string(make([]byte, 100_000))
	Eventually(t, "a slow peer misses messages", func() bool {
		publish("a", body)
		return f.Stats().Dropped[drop.SlowPeer] > 0
	})
	if held := published - left.Load(); held < 5 || held > 10 {
		t.Errorf("%d messages are held for it", held)
	}
	p.Discard()
	nothingIsHeld()
	publish("a", body)
	peer.Close()
	Eventually(t, "nothing is held for who has gone", func() bool { return left.Load() == published })
}

// TestPubSparing: a page for which much waits has peers that are behind miss messages before their queues are full, and no
// others.
func TestPubSparing(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, gateway.Config{Heartbeat: -1})
	p := newPort(t, f, core.PUB, AnyPort, gateway.PortOptions{Bind: true})
	slow, quick := DialPeer(t, p.Endpoint()), DialPeer(t, p.Endpoint())
	for _, peer := range []Peer{slow, quick} {
		peer.Meet(1, "SUB")
		peer.Say(Frame(0, []byte("\x01a")))
	}
	Eventually(t, "subscribed", func() bool { return p.Subscriptions() == 2 })
	go quick.Drain()
	body := string(make([]byte, 100_000))
	dropped := func() uint64 { return f.Stats().Dropped[drop.SlowPeer] }
	oneIsBehind := func() bool { // and stays it, and the other one has all
		behind, idle := p.Audience()
		return behind == 1 && idle == 1
	}
	Eventually(t, "one is behind", func() bool {
		if behind, _ := p.Audience(); behind == 0 {
			send(t, p, "a", body)
		}
		return oneIsBehind()
	})
	before := dropped()
	for range 10 {
		Eventually(t, "the quick one has all", oneIsBehind)
		if err := p.SendSparing(Text("a", body), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := dropped() - before; n != 10 {
		t.Errorf("%d of 10 messages were dropped for one peer of two", n)
	}
	send(t, p, "a", body)
	if n := dropped() - before; n != 10 {
		t.Error("what is not sent sparingly was dropped before the queue is full")
	}
}

// TestPubConnects: subscriptions hold for a connection; what is published while nobody is connected is gone.
func TestPubConnects(t *testing.T) {
	t.Parallel()
	sub := StartPeer(t, "SUB", core.Endpoint{}, "a")
	f := newTestFactory(t, quick())
	p := newPort(t, f, core.PUB, sub.Endpoint(), gateway.PortOptions{})
	subscribed := func() bool { return p.Subscriptions() == 1 }
	Eventually(t, "subscribed", subscribed)
	send(t, p, "b", "1")
	send(t, p, "a", "2")
	WantMessage(t, sub.HearMessage(), Text("a", "2"))
	sub.Kill()
	Eventually(t, "it is gone", func() bool { return !p.Ready() })
	send(t, p, "a", "3")
	sub = BindPeer(t, "SUB", sub.Endpoint(), "a")
	Eventually(t, "subscribed", subscribed)
	send(t, p, "a", "4")
	WantMessage(t, sub.HearMessage(), Text("a", "4"))
}

// TestPubGatewayAndPorts share what listens at an address.
func TestPubGatewayAndPorts(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	g, err := f.Pub(ep)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Release()
	p := newPort(t, f, core.PUB, ep, gateway.PortOptions{Bind: true})
	sub := StartPeer(t, "SUB", ep, "")
	Eventually(t, "subscribed", func() bool { return p.Subscriptions() == 1 })
	WantCode(t, g.Publish(Text("from the gateway")), core.OK)
	WantMessage(t, sub.HearMessage(), Text("from the gateway"))
	for i := range 3 {
		send(t, p, fmt.Sprint("from the port ", i))
		WantMessage(t, sub.HearMessage(), Text(fmt.Sprint("from the port ", i)))
	}
	if s := f.Stats(); s.PubGateways != 1 || s.Sockets != 0 {
		t.Errorf("%+v", s)
	}
}
