//go:build long

package stream_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestManyDurableFeeds: a hundred of them run beside each other at two bridges, also after the bridge that stores them is gone. What they
// cost is bounded.
func TestManyDurableFeeds(t *testing.T) {
	const feeds, messages = 100, 200
	nats := natstest.Start(t, 3)
	pub := startPublisher(t)
	small := func(c *gateway.Config) {
		c.History = func(core.Endpoint) access.History {
			return access.History{Age: time.Hour, Bytes: 1 << 20, Durable: true}
		}
	}
	before := runtime.NumGoroutine()
	a := startBridge(t, nats.URLs(), pub.Endpoint(), small)
	b := startBridge(t, nats.URLs(), pub.Endpoint(), small)
	begun := time.Now()
	var counters []*counter
	attach := func(b *bridge) {
		for n := range feeds {
			feed, err := b.Sub(core.Endpoint{Name: fmt.Sprintf("feed%d", n)})
			if err != nil {
				t.Fatal(err)
			}
			c := new(counter)
			live := make(chan struct{})
			if err := feed.Attach(c).Subscribe(nil, func() { close(live) }); err != nil {
				t.Fatal(err)
			}
			select {
			case <-live:
			case <-time.After(wait.Patience):
				t.Fatalf("feed %d is not live", n)
			}
			counters = append(counters, c)
		}
	}
	attach(a)
	attach(b)
	t.Logf("%d feeds at two bridges are live after %v; %.1f goroutines for each", feeds, time.Since(begun).Round(time.Millisecond), float64(runtime.NumGoroutine()-before)/(2*feeds))
	all := func(of []*counter, count int64) func() bool {
		return func() bool {
			for _, c := range of {
				if c.messages.Load() < count {
					return false
				}
			}
			return true
		}
	}
	begun = time.Now()
	pub.say(t, "m", messages)
	wait.For(t, "every message at every feed", all(counters, messages))
	t.Logf("%d messages of each are at both bridges after %v", messages, time.Since(begun).Round(time.Millisecond))
	wait.For(t, "the standby to hear everything", func() bool { return b.Stats().MessagesIn >= feeds*messages })
	a.Close()
	begun = time.Now()
	pub.say(t, "m", messages)
	wait.For(t, "every message at every feed of the other bridge", all(counters[feeds:], 2*messages))
	t.Logf("the other bridge has gone on with all of them after %v", time.Since(begun).Round(time.Millisecond))
	for n, c := range counters[feeds:] {
		if got := c.messages.Load(); got != 2*messages {
			t.Errorf("feed %d has brought %d messages of %d", n, got, 2*messages)
		}
	}
}
