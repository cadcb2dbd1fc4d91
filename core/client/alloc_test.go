package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// The path of a message allocates nothing, in either direction. The only exceptions are the maps and heaps for pending
// requests: they grow to the largest number that was ever pending at once, and stay that large.

// wantAllocs fails if run allocates more than limit times on average, once it is warm.
func wantAllocs(t *testing.T, limit float64, run func()) {
	t.Helper()
	for range 100 {
		run()
	}
	if got := testing.AllocsPerRun(1000, run); got > limit {
		t.Errorf("%v allocations, want at most %v", got, limit)
	}
}

// subscriber makes a client with one SUB socket and a sink that does nothing, and a batch of n messages for it.
func subscriber(t testing.TB, n int) (c *client.Client, now time.Duration, batch []byte) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	for range n {
		batch = core.AppendFrame(batch, &core.Frame{Kind: core.KindMessage, Socket: sub, Parts: message("time", "12:00:00")})
	}
	return silent(w), w.now, batch
}

// silent returns the client of a world, and makes the world write nothing down any more.
func silent(w *world) *client.Client {
	w.mute = true
	return w.client
}

func TestFeedAllocs(t *testing.T) {
	c, now, batch := subscriber(t, 10)
	wantAllocs(t, 0, func() {
		if err := c.Feed(batch, now); err != nil {
			t.Fatal(err)
		}
	})
}

func TestConsumedAllocs(t *testing.T) {
	c, now, batch := subscriber(t, 10)
	var out []byte
	wantAllocs(t, 0, func() {
		if err := c.Feed(batch, now); err != nil {
			t.Fatal(err)
		}
		c.Consumed(1, 10, 120)
		out = c.Take(out[:0], now)
	})
}

// asker makes a client whose requests are answered at once, while some other requests are pending all the time. Each call
// of roundTrip is one request and its reply.
func asker(t testing.TB, pending int) (roundTrip func()) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	c := silent(w)
	m, reply := message("hello"), core.EncodeBody(message("world"))
	for range pending {
		w.request(req, "never answered")
	}
	var out, answer []byte
	return func() {
		id, err := c.Request(req, m, client.RequestOptions{}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		out = c.Take(out[:0], w.now)
		answer = core.AppendFrame(answer[:0], &core.Frame{Kind: core.KindReply, Socket: req, ID: id, Body: reply})
		if err := c.Feed(answer, w.now); err != nil {
			t.Fatal(err)
		}
		c.Next()
	}
}

func TestRequestAllocs(t *testing.T) {
	wantAllocs(t, 0, asker(t, 0))
}

// While one request is never answered, the deadlines of the others pile up in the heap until the deadline of the first. The
// heap grows, but seldom.
func TestRequestAllocsBehindAPendingOne(t *testing.T) {
	wantAllocs(t, 0.05, asker(t, 1))
}

// BenchmarkFeed measures one message out of a batch of fifty.
func BenchmarkFeed(b *testing.B) {
	c, now, batch := subscriber(b, 50)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%50 == 0 {
			if err := c.Feed(batch, now); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	roundTrip := asker(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		roundTrip()
	}
}
