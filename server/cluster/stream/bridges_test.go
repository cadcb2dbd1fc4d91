package stream_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/stream"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// open is a bridge's connection to NATS, which ends with the test.
func open(t testing.TB, urls string) *cluster.Connection {
	t.Helper()
	c, err := cluster.Open(cluster.Config{Servers: strings.Split(urls, ","), Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c.Close(ctx)
	})
	return c
}

// bridge is the ZeroMQ side of one bridge, with a feed whose history is durable.
type bridge struct {
	*gateway.Factory
	feed *gateway.SubGateway
}

func startBridge(t testing.TB, urls string, pub core.Endpoint, more ...func(*gateway.Config)) *bridge {
	t.Helper()
	c := open(t, urls)
	cfg := gateway.Config{
		Histories: stream.New(c.JetStream(), c.Name(), c.Replicas()),
		History: func(core.Endpoint) access.History {
			return access.History{Age: time.Hour, Bytes: 64 << 20, Durable: true}
		},
		Resolve: func(core.Endpoint) (core.Endpoint, error) { return pub, nil },
		Log:     quiet,
	}
	for _, change := range more {
		change(&cfg)
	}
	b := &bridge{Factory: gateway.NewFactory(cfg)}
	t.Cleanup(b.Close)
	var err error
	if b.feed, err = b.Sub(core.Endpoint{Name: "prices"}); err != nil {
		t.Fatal(err)
	}
	return b
}

// listener is a subscriber that writes down what it hears, with its offset, and what it is told is missing.
type listener struct {
	*gateway.Subscription
	mu   sync.Mutex
	seen []string
}

func (b *bridge) listen(t testing.TB, prefix string) *listener {
	t.Helper()
	l := new(listener)
	l.Subscription = b.feed.Attach(l)
	live := make(chan struct{})
	if err := l.Subscribe([]byte(prefix), func() { close(live) }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-live:
	case <-time.After(20 * time.Second):
		t.Fatal("the subscription is not live")
	}
	return l
}

func (l *listener) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, what)
}

// Deliver implements gateway.Subscriber.
func (l *listener) Deliver(p burst.Part) {
	p.Each(func(i int, m core.Message, _ core.Body) { l.note(fmt.Sprintf("%s@%d", m[0], p.Offset(i))) })
}

// Lacks implements gateway.Lacker.
func (l *listener) Lacks(a gateway.Absence) { l.note(fmt.Sprintf("gap%d@%d", a.Messages, a.Offset)) }

func (l *listener) line() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.seen, " ")
}

func (l *listener) wants(t testing.TB, want string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("it has heard %.2000s", l.line())
		}
	}()
	wait.For(t, "the messages "+want, func() bool { return l.line() == want })
}

// since is what a replay reads: all since a position.
func (l *listener) since(t testing.TB, p core.Position) string {
	t.Helper()
	replay, answer := l.Recover(p, nil)
	got := []string{fmt.Sprintf("complete=%v/%d", answer.Complete, answer.Messages)}
	for more := true; more; {
		var items []gateway.Replayed
		items, more = replay.Next(100, 1<<20)
		for _, item := range items {
			if item.Gap != core.OK {
				got = append(got, fmt.Sprintf("%v%d@%d", item.Gap, item.Missed, item.Offset))
				continue
			}
			m, err := item.Body.Parts(nil)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s@%d", m[0], item.Offset))
		}
	}
	return strings.Join(got, " ")
}

// publisher is a PUB whose messages are a letter and a number.
type publisher struct {
	*gateway.PubGateway
	next int
}

func startPublisher(t testing.TB) *publisher {
	t.Helper()
	f := gateway.NewFactory(gateway.Config{HWM: 100_000})
	t.Cleanup(f.Close)
	pub, err := f.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return &publisher{pub, 1}
}

func (p *publisher) say(t testing.TB, letter string, count int) {
	t.Helper()
	for range count {
		if err := p.Publish(core.Message{fmt.Appendf(nil, "%s%d", letter, p.next)}); err != nil {
			t.Fatal(err)
		}
		p.next++
	}
}

// said is how a listener writes down the messages from one to another, behind an offset that is larger by so much.
func said(letter string, from, to, more int) string {
	var all []string
	for n := from; n <= to; n++ {
		all = append(all, fmt.Sprintf("%s%d@%d", letter, n, n+more))
	}
	return strings.Join(all, " ")
}

// TestPositionsOfTwoBridges are the same, also after the one that ingests is gone, and after all were.
func TestPositionsOfTwoBridges(t *testing.T) {
	nats := natstest.Start(t, 1)
	pub := startPublisher(t)
	a := startBridge(t, nats.URLs(), pub.Endpoint())
	atA := a.listen(t, "")
	b := startBridge(t, nats.URLs(), pub.Endpoint())
	atB := b.listen(t, "")
	pub.say(t, "m", 20)
	atA.wants(t, said("m", 1, 20, 0))
	atB.wants(t, said("m", 1, 20, 0))
	p, ok := atA.Position()
	q, _ := atB.Position()
	if !ok || p != q || p.Offset != 20 {
		t.Fatalf("at one bridge it is at %v, at the other at %v", p, q)
	}
	wait.For(t, "the standby to hear", func() bool { return b.Stats().MessagesIn >= 20 })

	a.Close()
	pub.say(t, "m", 20)
	atB.wants(t, said("m", 1, 40, 0))
	if got, want := atB.since(t, p), "complete=true/20 "+said("m", 21, 40, 0); got != want {
		t.Errorf("since the position of the other bridge it reads %s", got)
	}
	b.Close()

	c := startBridge(t, nats.URLs(), pub.Endpoint())
	atC := c.listen(t, "")
	if got := atC.since(t, p); !strings.HasPrefix(got, "complete=true/20 "+said("m", 21, 40, 0)) {
		t.Errorf("since the position of a bridge that is gone it reads %s", got)
	}
	wait.For(t, "somebody to tell that nobody has heard what came meanwhile", func() bool { return atC.line() == "gap0@41" })
	pub.say(t, "m", 1)
	atC.wants(t, "gap0@41 m41@42")
	if got, want := atC.since(t, p), "complete=false/21 "+said("m", 21, 40, 0)+" unavailable0@41 m41@42"; got != want {
		t.Errorf("since then it reads %s", got)
	}
	if got, want := atC.since(t, core.Position{Epoch: p.Epoch, Offset: 39}), "m40@40 unavailable0@41 m41@42"; !strings.HasSuffix(got, want) {
		t.Errorf("since the last message but one it reads %s", got)
	}
}
