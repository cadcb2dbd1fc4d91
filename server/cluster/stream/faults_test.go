package stream_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/stream"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// within is a context for what may take some seconds.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func openStream(t testing.TB, urls string) durable.Stream {
	t.Helper()
	c := open(t, urls)
	s, err := stream.New(c.JetStream(), c.Name(), c.Replicas()).Open(within(t), "prices", access.History{Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLateIngesterIsRefused, whatever it believes, and all that it has under way.
func TestLateIngesterIsRefused(t *testing.T) {
	nats := natstest.Start(t, 1)
	a, b := openStream(t, nats.URLs()), openStream(t, nats.URLs())
	if a.Name() != b.Name() {
		t.Fatalf("one is %s, the other %s", a.Name(), b.Name())
	}
	late, err := a.Begin(within(t))
	if err != nil {
		t.Fatal(err)
	}
	append := func(term durable.Term, last uint64) error {
		p, err := term.Append([]byte("an entry"), last)
		if err != nil {
			return err
		}
		return p.Wait(within(t))
	}
	if err := append(late, 0); err != nil {
		t.Fatal("the first entry is refused", err)
	}
	if err := append(late, 0); core.CodeOf(err) != core.Unavailable {
		t.Errorf("two entries are behind the same one: %v", err)
	}
	now, err := b.Begin(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := append(now, 1); err != nil {
		t.Fatal("the second entry is refused", err)
	}
	var pending []durable.Pending
	for n := range uint64(3) { // of which the later ones would fit if the first had been taken
		p, err := late.Append([]byte("late"), 1+n)
		if err != nil {
			t.Fatal(err)
		}
		pending = slices.Insert(pending, int(n), p)
	}
	for n, p := range pending {
		if err := p.Wait(within(t)); core.CodeOf(err) != core.Unavailable {
			t.Errorf("late, entry %d: %v", n, err)
		}
	}
	if oldest, newest, err := a.Range(within(t)); oldest != 1 || newest != 2 || err != nil {
		t.Errorf("the stream has %d to %d, %v", oldest, newest, err)
	}
}

// TestOneHasTheLease until it gives it back, and the next one gets it then.
func TestOneHasTheLease(t *testing.T) {
	nats := natstest.Start(t, 1)
	a, b := openStream(t, nats.URLs()), openStream(t, nats.URLs())
	has, err := a.Lease(within(t))
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan durable.Lease, 1)
	ctx := within(t)
	go func() { // ends with ctx
		if l, err := b.Lease(ctx); err == nil {
			got <- l
		}
	}()
	select {
	case <-got:
		t.Fatal("two have it")
	case <-has.Lost():
		t.Fatal("it was lost, though nobody took it")
	case <-time.After(3 * time.Second): // longer than it lasts
	}
	has.Release()
	select {
	case l := <-got:
		l.Release()
	case <-ctx.Done():
		t.Fatal("nobody gets it")
	}
}

// states is a gateway.Watcher.
type states struct {
	mu  sync.Mutex
	now []string
}

func (s *states) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = append(s.now, what)
}

func (s *states) Up()            { s.note("up") }
func (s *states) Down(err error) { s.note("down: " + err.Error()) }
func (s *states) line() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.now, ", ")
}

// TestNATSIsAway: who subscribes is told, and everything is caught up with by itself.
func TestNATSIsAway(t *testing.T) {
	nats := natstest.Start(t, 1)
	pub := startPublisher(t)
	a := startBridge(t, nats.URLs(), pub.Endpoint())
	at := a.listen(t, "")
	var state states
	stop := a.feed.Watch(&state)
	defer stop()
	pub.say(t, "m", 3)
	at.wants(t, said("m", 1, 3, 0))
	p, _ := at.Position()
	nats.Kill(0)
	const down = "up, down: unavailable: the history of this endpoint cannot be reached"
	wait.For(t, "the endpoint to be down", func() bool { return state.line() == down })
	pub.say(t, "m", 3)
	wait.For(t, "the bridge to hear it", func() bool { return a.Stats().MessagesIn == 6 })
	if got := at.line(); got != said("m", 1, 3, 0) {
		t.Errorf("it has heard %s", got)
	}
	nats.Restart(0)
	wait.For(t, "the endpoint to be up", func() bool { return state.line() == down+", up" })
	at.wants(t, said("m", 1, 6, 0))
	pub.say(t, "m", 1)
	at.wants(t, said("m", 1, 7, 0))
	if got, want := at.since(t, p), "complete=true/4 "+said("m", 4, 7, 0); got != want {
		t.Errorf("since then it reads %s", got)
	}
}

// TestBridgeBeginsWithoutNATS: it is down, with the reason, and is up once NATS is there.
func TestBridgeBeginsWithoutNATS(t *testing.T) {
	nats := natstest.Start(t, 1)
	nats.Kill(0)
	pub := startPublisher(t)
	a := startBridge(t, nats.URLs(), pub.Endpoint())
	var state states
	stop := a.feed.Watch(&state)
	defer stop()
	wait.For(t, "the endpoint to be down", func() bool { return strings.HasPrefix(state.line(), "down") })
	nats.Restart(0)
	at := a.listen(t, "")
	pub.say(t, "m", 1)
	at.wants(t, "m1@1")
}

// TestAmbiguousTakeOver: where nobody can know what is missing the standby says so, and gives nothing twice.
func TestAmbiguousTakeOver(t *testing.T) {
	nats := natstest.Start(t, 1)
	pub := startPublisher(t)
	a := startBridge(t, nats.URLs(), pub.Endpoint())
	a.listen(t, "")
	b := startBridge(t, nats.URLs(), pub.Endpoint())
	at := b.listen(t, "")
	same := func(count int) {
		for range count {
			if err := pub.Publish(core.Message{[]byte("same")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	same(20)
	wait.For(t, "the messages", func() bool { return strings.Count(at.line(), "same") == 20 })
	wait.For(t, "the standby to hear", func() bool { return b.Stats().MessagesIn == 20 })
	a.Close()
	wait.For(t, "a gap", func() bool { return strings.HasSuffix(at.line(), "gap0@21") })
	same(1)
	wait.For(t, "a message behind it", func() bool { return strings.HasSuffix(at.line(), "gap0@21 same@22") })
}

// TestTopicsOfAStream: each subscriber gets what its prefixes want, live and out of the stream.
func TestTopicsOfAStream(t *testing.T) {
	nats := natstest.Start(t, 1)
	pub := startPublisher(t)
	a := startBridge(t, nats.URLs(), pub.Endpoint())
	at := a.listen(t, "b")
	p := core.Position{}
	for _, letter := range []string{"a", "b", "a", "b"} {
		pub.say(t, letter, 2)
	}
	at.wants(t, said("b", 3, 4, 0)+" "+said("b", 7, 8, 0))
	p, _ = at.Position()
	b := startBridge(t, nats.URLs(), pub.Endpoint())
	if got, want := b.listen(t, "a").since(t, core.Position{Epoch: p.Epoch}), "complete=true/4 "+said("a", 1, 2, 0)+" "+said("a", 5, 6, 0); got != want {
		t.Errorf("all of a since the beginning: %s", got)
	}
}

// TestMessageThatNATSDoesNotTake is a gap, and everything goes on behind it.
func TestMessageThatNATSDoesNotTake(t *testing.T) {
	nats := natstest.Start(t, 1, "max_payload: 128K")
	pub := startPublisher(t)
	at := startBridge(t, nats.URLs(), pub.Endpoint()).listen(t, "")
	pub.say(t, "m", 1)
	if err := pub.Publish(core.Message{[]byte("large"), make([]byte, 200<<10)}); err != nil {
		t.Fatal(err)
	}
	pub.say(t, "m", 1)
	at.wants(t, "m1@1 gap1@2 m2@3")
	if got, want := at.since(t, core.Position{Epoch: at.Epoch()}), "complete=false/2 m1@1 lost1@2 m2@3"; got != want {
		t.Errorf("it reads %s", got)
	}
}
