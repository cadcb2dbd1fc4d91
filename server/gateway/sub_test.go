package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// inbox is a Subscriber that keeps what it gets.
type inbox chan core.Message

func (i inbox) Deliver(p burst.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) { i <- m })
}

func (i inbox) next(t testing.TB, want ...string) {
	t.Helper()
	WantWords(t, Await(t, "a message", i), want...)
}

// attach makes a subscriber that is live on some prefixes.
func attach(t testing.TB, g *SubGateway, prefixes ...string) (inbox, *Subscription) {
	t.Helper()
	in := make(inbox, 100_000)
	x := g.Attach(in)
	t.Cleanup(x.Close)
	subscribe(t, x, prefixes...)
	return in, x
}

// subscribe waits until some prefixes are live.
func subscribe(t testing.TB, x *Subscription, prefixes ...string) {
	t.Helper()
	live := make(chan struct{}, len(prefixes))
	for _, p := range prefixes {
		x.Subscribe([]byte(p), func() { live <- struct{}{} })
	}
	for range prefixes {
		Await(t, "a subscription is live", live)
	}
}

func TestSubPrefixes(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "pub")
	g := newSub(t, newTestFactory(t, quick()), pub.Endpoint())
	all, _ := attach(t, g, "")
	fx, fxSubscription := attach(t, g, "fx.", "fx.EUR", "fx.EUR")

	// live means that the very next message arrives, once, however many prefixes match.
	pub.Tell([]string{"fx.EURUSD", "1.1"})
	all.next(t, "fx.EURUSD", "1.1")
	fx.next(t, "fx.EURUSD", "1.1")

	pub.Tell([]string{"time", "", "12:00"})
	all.next(t, "time", "", "12:00")

	// Subscribed twice, a prefix takes two to end.
	fxSubscription.Unsubscribe([]byte("fx."))
	fxSubscription.Unsubscribe([]byte("fx.EUR"))
	pub.Tell([]string{"fx.EURUSD", "1.2"})
	fx.next(t, "fx.EURUSD", "1.2")
	fxSubscription.Unsubscribe([]byte("fx.EUR"))
	fxSubscription.Unsubscribe([]byte("fx.EUR"))
	pub.Tell([]string{"fx.EURUSD", "1.3"})
	all.next(t, "fx.EURUSD", "1.2")
	all.next(t, "fx.EURUSD", "1.3")
	if len(fx) > 0 {
		t.Errorf("%q arrived after the last Unsubscribe", Words(<-fx))
	}
}

func TestSubLiveMeansLive(t *testing.T) {
	for _, tick := range []string{"0", "1"} { // an application that sleeps, and one whose libzmq throttles its housekeeping
		t.Run("tick="+tick, func(t *testing.T) {
			t.Parallel()
			pub := StartPython(t, "pub", "--tick", tick)
			g := newSub(t, newTestFactory(t, quick()), pub.Endpoint())
			in, x := attach(t, g)
			for i := range 100 {
				topic := fmt.Sprintf("topic %d.", i)
				subscribe(t, x, topic)
				pub.Tell([]string{topic})
				in.next(t, topic)
			}
		})
	}
}

func TestSubCloseEndsDelivery(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "pub")
	g := newSub(t, newTestFactory(t, quick()), pub.Endpoint())
	closing, x := attach(t, g, "")
	staying, _ := attach(t, g, "")
	x.Close()
	x.Close()
	x.Subscribe(nil, func() { t.Error("live after Close") })
	pub.Tell([]string{"a"})
	staying.next(t, "a")
	if len(closing) > 0 {
		t.Error("delivered after Close")
	}
}

func TestSubPublisherRestarts(t *testing.T) {
	t.Parallel()
	const topics = 5000
	pub := StartPython(t, "pub", "--tick", "5")
	g := newSub(t, newTestFactory(t, quick()), pub.Endpoint())
	watched := NewEvents()
	defer g.Watch(watched)()
	prefixes := make([]string, topics)
	for i := range prefixes {
		prefixes[i] = fmt.Sprintf("t%05d.", i)
	}
	in, x := attach(t, g, prefixes...)
	pub.Tell(topics)
	wantEveryTopic(t, in, prefixes)

	watched.Wait(t, "up")
	pub.Kill()
	watched.Wait(t, "down")
	// Comes while the publisher is away, and goes.
	waiting := make(chan struct{}, 1)
	x.Subscribe([]byte("new"), func() { waiting <- struct{}{} })
	x.Unsubscribe([]byte(prefixes[0]))

	pub = RestartPython(t, pub, "pub", "--tick", "5")
	Await(t, "the new prefix is live", waiting)
	Eventually(t, "everything is live", func() bool { return g.feed.CountLive() == topics })
	pub.Tell(topics)
	wantEveryTopic(t, in, prefixes[1:])
}

func wantEveryTopic(t *testing.T, in inbox, want []string) {
	t.Helper()
	for _, prefix := range want {
		if got := Await(t, prefix, in); string(got[0]) != prefix {
			t.Fatalf("got %q, want %q", got[0], prefix)
		}
	}
}

// TestSubPublisherIsBusy: an application that does not come round to its socket keeps libzmq from reading more than its
// HWM of subscriptions, and so from answering PINGs. It is not dead.
func TestSubPublisherIsBusy(t *testing.T) {
	t.Parallel()
	const topics = 2500
	pub := StartPython(t, "pub")
	c := quick()
	c.Heartbeat = 200 * time.Millisecond
	f := newTestFactory(t, c)
	g := newSub(t, f, pub.Endpoint())
	in, x := attach(t, g)
	var live atomic.Int64
	for i := range topics {
		x.Subscribe(fmt.Appendf(nil, "t%05d.", i), func() { live.Add(1) })
	}
	Eventually(t, "some are live", func() bool { return live.Load() > 0 })
	<-time.After(5 * c.Heartbeat) // for a connection not to be dropped takes time
	if n := live.Load(); n > 1000 {
		t.Fatalf("%d are live: this libzmq reads without its application", n)
	}
	Eventually(t, "everything is live once the application sends", func() bool {
		pub.Tell([]string{"wake up"})
		return live.Load() == topics
	})
	if n := f.Stats().Reconnects; n != 0 {
		t.Fatalf("reconnected %d times", n)
	}
	pub.Tell(topics)
	for i := range topics {
		in.next(t, fmt.Sprintf("t%05d.", i))
	}
}

// TestSubForwardsEverySubscriber: a publisher that hands out last values hears of each.
func TestSubForwardsEverySubscriber(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "xpub")
	g := newSub(t, newTestFactory(t, quick()), pub.Endpoint())
	for range 3 {
		attach(t, g, "last")
		if got := pub.Hear(); !slices.Equal(got, []string{"\x01last"}) {
			t.Fatalf("the publisher hears %q", got)
		}
	}
}

// TestSubOldPublisher: a peer that knows no PING is never sent one, and its subscriptions count as live after the write.
func TestSubOldPublisher(t *testing.T) {
	t.Parallel()
	l := ListenLocal(t)
	c := quick()
	c.Heartbeat = 10 * time.Millisecond
	g := newSub(t, newTestFactory(t, c), EndpointOf(l.Addr()))
	live := make(chan struct{}, 1)
	in := make(inbox, 10)
	x := g.Attach(in)
	defer x.Close()
	x.Subscribe([]byte("a"), func() { live <- struct{}{} })
	p := AcceptPeer(t, l)
	p.Meet(0, "PUB")
	WantWords(t, p.Message(), "\x01a")
	Await(t, "live", live)
	p.Say(Frame(0, []byte("abc")))
	in.next(t, "abc")
	x.Unsubscribe([]byte("a"))
	if flags, body := p.Frame(); flags != 0 || string(body) != "\x00a" {
		t.Errorf("got %#x %q instead of the end of the subscription", flags, body)
	}
}

// TestSubNotLiveBeforePong: it takes the answers to two PINGs, one after the other, and no other answers will do.
func TestSubNotLiveBeforePong(t *testing.T) {
	t.Parallel()
	l := ListenLocal(t)
	g := newSub(t, newTestFactory(t, quick()), EndpointOf(l.Addr()))
	live := make(chan struct{}, 1)
	x := g.Attach(make(inbox, 10))
	defer x.Close()
	x.Subscribe([]byte("a"), func() { live <- struct{}{} })
	p := AcceptPeer(t, l)
	p.Meet(1, "PUB")
	WantWords(t, p.Message(), "\x01a")
	first := p.AwaitPing()
	p.Say(Command("PONG"), Command("PONG", []byte("12345678")...), Command("PONG", first...), Command("PONG", first...))
	second := p.AwaitPing()
	select {
	case <-live:
		t.Error("live before the second PONG")
	case <-time.After(20 * time.Millisecond): // four times as long as it takes from the second PONG on
	}
	p.Say(Command("PONG", second...))
	Await(t, "live", live)
}

// TestSubSendsStateNotChanges: what is over before it could be sent is never sent, what was sent is always canceled.
func TestSubSendsStateNotChanges(t *testing.T) {
	t.Parallel()
	l := ListenLocal(t)
	g := newSub(t, newTestFactory(t, quick()), EndpointOf(l.Addr()))
	x := g.Attach(make(inbox, 10))
	defer x.Close()
	x.Subscribe([]byte("first"), nil)
	p := AcceptPeer(t, l)
	p.Meet(1, "PUB")
	WantWords(t, p.Message(), "\x01first")
	ping := p.AwaitPing()

	x.Subscribe([]byte("short"), nil)
	x.Unsubscribe([]byte("short"))
	x.Unsubscribe([]byte("first"))
	x.Subscribe([]byte("first"), nil)
	x.Unsubscribe([]byte("first"))
	p.Say(Command("PONG", ping...))
	p.Say(Command("PONG", p.AwaitPing()...))
	WantWords(t, p.Message(), "\x00first")

	ping = p.AwaitPing()
	x.Subscribe([]byte("last"), nil)
	p.Say(Command("PONG", ping...))
	p.Say(Command("PONG", p.AwaitPing()...))
	WantWords(t, p.Message(), "\x01last")
}

func BenchmarkSubReceive(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run(strconv.Itoa(n)+" prefixes", func(b *testing.B) {
			g := newSub(b, newTestFactory(b, Config{}), UnusedEndpoint(b))
			x := g.Attach(nobody{})
			for i := range n {
				x.Subscribe(fmt.Appendf(nil, "topic.%d.", i), nil)
			}
			m := Text(fmt.Sprintf("topic.%d.", n/2), "a body of some thirty-two bytes.")
			b.ReportAllocs()
			for b.Loop() {
				g.feed.Receive(m)
			}
		})
	}
}

type nobody struct{}

func (nobody) Deliver(burst.Part) {}
