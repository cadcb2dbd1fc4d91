package core_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
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

func TestAppendFrameAllocs(t *testing.T) {
	dst := make([]byte, 0, 1024)
	m := message("time", "12:00:00")
	shared := core.EncodeBody(m)
	wantAllocs(t, 0, func() {
		dst = core.AppendFrame(dst[:0], &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: m})
		dst = core.AppendFrame(dst, &core.Frame{Kind: core.KindMessage, Socket: 2, Body: shared})
		dst = core.AppendFrame(dst, &core.Frame{Kind: core.KindFailed, Socket: 1, ID: 1, Code: core.Busy, Text: m[0]})
	})
}

func TestParseFrameAllocs(t *testing.T) {
	wire := core.AppendFrame(nil, &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: message("time", "12:00:00")})
	var f core.Frame
	var parts core.Message
	wantAllocs(t, 0, func() {
		if _, err := core.ParseFrame(wire, &f); err != nil {
			t.Fatal(err)
		}
		var err error
		if parts, err = f.Body.Parts(parts[:0]); err != nil {
			t.Fatal(err)
		}
	})
}

// subscriber makes a client with one SUB socket and a sink that does nothing, and a batch of n messages for it.
func subscriber(t testing.TB, n int) (c *core.Client, now time.Duration, batch []byte) {
	w := online(t, core.ClientConfig{})
	sub := w.socket(core.SUB)
	for range n {
		batch = core.AppendFrame(batch, &core.Frame{Kind: core.KindMessage, Socket: sub, Parts: message("time", "12:00:00")})
	}
	return silent(w), w.now, batch
}

// silent returns the client of a world, and makes the world write nothing down any more.
func silent(w *world) *core.Client {
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
	w := online(t, core.ClientConfig{})
	req := w.socket(core.REQ)
	c := silent(w)
	m, reply := message("hello"), core.EncodeBody(message("world"))
	for range pending {
		w.request(req, "never answered")
	}
	var out, answer []byte
	return func() {
		id, err := c.Request(req, m, core.RequestOptions{}, w.now)
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

func BenchmarkAppendFrame(b *testing.B) {
	f := core.Frame{Kind: core.KindMessage, Socket: 1, Parts: message("time", "12:00:00")}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = core.AppendFrame(dst[:0], &f)
	}
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
