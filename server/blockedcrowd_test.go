//go:build long

package server

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/race"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// TestBlockedClientDelaysNobody: one client that reads nothing delays none of 999 others, nor of 99, to each of whom 1,000 messages go
// every second, over real connections. What it takes depends on the machine and on what else runs there, so it is compared with what
// it took without the blocked client, directly before: what else runs there disturbs one and the other, and a client that delays
// others delays them every time. That it is once not so is enough: a million deliveries a second keep two cores busy, messages wait
// for each other then, and the same takes 40 ms at one time and 160 at another.
func TestBlockedClientDelaysNobody(t *testing.T) {
	for name, load := range map[string]bench.Load{
		"of many":        {Clients: 999, Rate: 100},
		"often":          {Clients: 99, Rate: 1000},
		"of many, often": {Clients: 999, Rate: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			if race.On {
				load.Clients, load.Rate = min(99, load.Clients), 100
			}
			delaysNobody(t, load)
		})
	}
}

func delaysNobody(t *testing.T, load bench.Load) {
	const (
		mayDelay = 5 * time.Millisecond
		attempts = 8
	)
	// Of a session that is kept only so much is sent until the client acknowledges, which the kernel may take.
	b, url := startBridge(t, allowAll(Config{NoResume: true}))
	publisher, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)
	load.URL, load.Address, load.Publisher = url, publisher.Endpoint(), publisher
	load.Size, load.Warm, load.For = 64, 500*time.Millisecond, time.Second
	p99 := func() time.Duration {
		r, err := load.Fanout(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if *r.Loss > 0.5 || r.Latency == nil {
			t.Fatalf("%v of the messages were lost", *r.Loss)
		}
		t.Logf("%.0f messages a second, %.0f deliveries, %v of them lost", r.Published, r.PerSecond, *r.Loss)
		return time.Duration(r.Latency.P99) * time.Microsecond
	}
	for range attempts {
		without := p99()
		unblock := block(t, b, url, publisher)
		with := p99()
		waitFor(t, "only the blocked client is left", func() bool { return b.Stats().Connections == 1 })
		unblock()
		t.Logf("p99 %v, and %v with a blocked client", without, with)
		if with <= without+mayDelay {
			return
		}
	}
	t.Errorf("a client that reads nothing delays the others")
}

// block connects a client that stops reading, and has so much published that its connection takes no more.
func block(t *testing.T, b *Bridge, url string, publisher *backend.Publisher) (unblock func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Drop() })
	say := func(frames ...core.Frame) {
		var batch []byte
		for i := range frames {
			batch = core.AppendFrame(batch, &frames[i])
		}
		if err := conn.Write(ctx, batch); err != nil {
			t.Fatal(err)
		}
	}
	say(core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24})
	awaitFrame(ctx, t, conn, core.KindWelcome)
	say(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Messages: core.MaxCredit, Bytes: core.MaxCredit, Text: []byte(publisher.Endpoint())},
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	awaitFrame(ctx, t, conn, core.KindSubscribed)
	large := bytes.Repeat([]byte("x"), 64<<10)
	for still := 0; still < 20; { // what waits may be on its way, and the kernel takes some MiB: it has to stay
		if ctx.Err() != nil {
			t.Fatal("the client is not blocked")
		}
		waiting := b.Stats().Queued
		if waiting < 10 {
			still = 0
			publisher.Append(large)
			if err := publisher.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond)
		if still++; b.Stats().Queued < waiting {
			still = 0
		}
	}
	return func() {
		conn.Drop()
		waitFor(t, "the blocked client is gone", func() bool { return b.Stats().Connections == 0 })
	}
}

// awaitFrame reads until a frame of a kind has come.
func awaitFrame(ctx context.Context, t *testing.T, conn *wsconn.Conn, want core.Kind) {
	t.Helper()
	for {
		batch, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for len(batch) > 0 {
			kind, _, rest, err := core.SplitFrame(batch)
			if err != nil {
				t.Fatal(err)
			}
			if kind == want {
				return
			}
			batch = rest
		}
	}
}
