package port_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/port"
)

// TestSubListens: publishers connect to the bridge, are asked for what all pages want together, and every page gets what
// it asked for, once.
func TestSubListens(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	fx, fxIn := bindPort(t, f, core.SUB, ep)
	subscribe(t, fx, "fx.") // at once: nobody is connected
	one := StartPeer(t, "XPUB", ep)
	if got := one.Hear(); got[0] != "\x01fx." {
		t.Fatalf("the publisher hears %q", got)
	}
	all, allIn := bindPort(t, f, core.SUB, ep)
	subscribe(t, all, "", "fx.EUR")
	heard := map[string]bool{one.Hear()[0]: true, one.Hear()[0]: true}
	if !heard["\x01"] || !heard["\x01fx.EUR"] {
		t.Fatalf("the publisher hears %v", heard)
	}
	two := StartPeer(t, "XPUB", ep)
	for range 3 {
		two.Hear()
	}

	one.Tell([]string{"fx.EURUSD", "1.1"})
	WantWords(t, fxIn.Next(t), "fx.EURUSD", "1.1")
	WantWords(t, allIn.Next(t), "fx.EURUSD", "1.1")
	two.Tell([]string{"time", "12:00"})
	WantWords(t, allIn.Next(t), "time", "12:00")
	two.Tell([]string{"fx.GBPUSD", "1.3"})
	WantWords(t, fxIn.Next(t), "fx.GBPUSD", "1.3")
	WantWords(t, allIn.Next(t), "fx.GBPUSD", "1.3")

	// What nobody wants any more is canceled, at both.
	fx.Unsubscribe([]byte("fx."))
	fx.Unsubscribe([]byte("fx."))
	for _, p := range []*Python{one, two} {
		if got := p.Hear(); got[0] != "\x00fx." {
			t.Errorf("the publisher hears %q", got)
		}
	}
	all.Release()
	for _, p := range []*Python{one, two} {
		heard := map[string]bool{p.Hear()[0]: true, p.Hear()[0]: true}
		if !heard["\x00"] || !heard["\x00fx.EUR"] {
			t.Errorf("the publisher hears %v", heard)
		}
	}
}

// TestSubListensSlowPage: a page without room misses messages, and nobody waits for it.
func TestSubListensSlowPage(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	slow := NewMailbox(1)
	slowPort := newPort(t, f, core.SUB, ep, gateway.PortOptions{Receiver: slow, Bind: true})
	goodPort, good := bindPort(t, f, core.SUB, ep)
	pub := StartPeer(t, "PUB", ep)
	awaitReady(t, goodPort)
	subscribe(t, slowPort, "")
	subscribe(t, goodPort, "")
	pub.Tell(10)
	wantNumbers(t, good, 0, 10)
	wantNumbers(t, slow, 0, 1)
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.SlowPage] == 9 })
}

// TestSubDoesNotWaitForWhoLeft: a publisher that goes before it has confirmed keeps nobody from being live.
func TestSubDoesNotWaitForWhoLeft(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, _ := bindPort(t, f, core.SUB, AnyPort)
	silent := DialPeer(t, p.Endpoint())
	silent.Meet(1, "PUB")
	awaitReady(t, p)
	live := make(chan struct{}, 1)
	p.Subscribe([]byte("a"), func() { live <- struct{}{} })
	WantWords(t, silent.Message(), "\x01a")
	if len(live) > 0 {
		t.Error("live before the publisher has confirmed")
	}
	silent.Close()
	Await(t, "live", live)
}

// TestXsubPublisherRestarts: subscriptions made as messages and otherwise are made again, at a pace libzmq takes.
func TestXsubPublisherRestarts(t *testing.T) {
	t.Parallel()
	const topics = 3000
	pub := StartPython(t, "pub", "--tick", "5")
	f := newTestFactory(t, quick())
	p, in := dialPort(t, f, core.XSUB, pub.Endpoint())
	for i := range topics / 2 {
		send(t, p, fmt.Sprintf("\x01t%05d.", i))
	}
	rest := make([]string, 0, topics/2)
	for i := topics / 2; i < topics; i++ {
		rest = append(rest, fmt.Sprintf("t%05d.", i))
	}
	subscribe(t, p, rest...)
	Eventually(t, "all are live", func() bool { return p.Live() == topics })
	send(t, p, "\x00t00000.")

	watched := NewEvents()
	defer p.Watch(watched)()
	pub.Kill()
	watched.Wait(t, "down")
	pub = RestartPython(t, pub, "pub", "--tick", "5")
	Eventually(t, "all but one are live again", func() bool { return p.Live() == topics-1 })
	pub.Tell(topics)
	for i := 1; i < topics; i++ {
		WantWords(t, in.Next(t), fmt.Sprintf("t%05d.", i))
	}
}

// TestXsubSpeaks: what is no subscription goes up as it is.
func TestXsubSpeaks(t *testing.T) {
	t.Parallel()
	for _, bind := range []bool{false, true} {
		f := newTestFactory(t, quick())
		var p *gateway.Port
		var pub *Python
		if bind {
			p, _ = bindPort(t, f, core.XSUB, AnyPort)
			pub = StartPeer(t, "XPUB", p.Endpoint())
		} else {
			pub = StartPeer(t, "XPUB", core.Endpoint{})
			p, _ = dialPort(t, f, core.XSUB, pub.Endpoint())
		}
		awaitReady(t, p)
		for _, m := range []core.Message{Text("hello"), Text(""), Text("a", "", "b")} {
			if err := p.Send(m, nil); err != nil {
				t.Fatal(err)
			}
			WantMessage(t, pub.HearMessage(), m)
		}
	}
}

// TestXsubHoldsBack: an XSUB of one page need not drop.
func TestXsubHoldsBack(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	pub := StartPeer(t, "PUB", core.Endpoint{})
	in := NewMailbox(1)
	p := newPort(t, f, core.XSUB, pub.Endpoint(), gateway.PortOptions{Receiver: in})
	subscribe(t, p, "")
	pub.Tell(10)
	wantNumbers(t, in, 0, 1)
	<-time.After(2 * port.LifeSign) // for nothing to come takes time
	if len(in.Messages) > 0 {
		t.Error("more came than there was room for")
	}
	in.Room.Store(Plenty)
	p.Resume()
	wantNumbers(t, in, 1, 10)
}

// TestXsubGetsWhatItDidNotAskFor: a publisher may make something else of a subscription (ZMQ_XPUB_MANUAL). An XSUB gets what
// it is sent, unless others share the socket, whose it may be.
func TestXsubGetsWhatItDidNotAskFor(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	pub := StartPython(t, "manual")
	p, in := dialPort(t, f, core.XSUB, pub.Endpoint())
	send(t, p, "\x01a")
	if got := pub.Hear(); got[0] != "\x01a" {
		t.Fatalf("the publisher hears %q", got)
	}
	pub.Tell([]string{"a", "no"})
	pub.Tell([]string{"own.a", "yes"})
	WantWords(t, in.Next(t), "own.a", "yes")

	ep := UnusedEndpoint(t)
	listening, heard := bindPort(t, f, core.XSUB, ep)
	peer := DialPeer(t, listening.Endpoint())
	peer.Meet(1, "XPUB")
	awaitReady(t, listening)
	peer.Say(Frame(0, []byte("mine")))
	WantWords(t, heard.Next(t), "mine")
	bindPort(t, f, core.XSUB, ep)
	peer.Say(Frame(0, []byte("whose?")))
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.Unsubscribed] == 1 })
}
