package server

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// raced tells whether the race detector is on, which makes everything many times slower.
var raced bool

// TestBlockedClientDelaysNobody: one client that reads nothing delays none of 999 others, to each of whom 1,000 messages go
// every second, over real connections. What that takes depends on the machine and on what else runs there, so it is compared
// with what it takes without the blocked client, in turns, and the best of each counts: what else runs there disturbs one and
// the other, and a client that delays others delays them every time.
func TestBlockedClientDelaysNobody(t *testing.T) {
	const (
		mayDelay = 5 * time.Millisecond
		attempts = 6
	)
	b, url := startBridge(t, allowAll(Config{}))
	publisher, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)
	load := bench.Load{URL: url, Address: publisher.Endpoint(), Clients: 999, Rate: 1000, Size: 64, Publisher: publisher,
		Warm: 500 * time.Millisecond, For: time.Second}
	if raced {
		load.Clients, load.Rate = 99, 100
	}
	p99 := func() time.Duration {
		r, err := load.Fanout(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if *r.Loss > 0.5 || r.Latency == nil {
			t.Fatalf("%v of the messages were lost", *r.Loss)
		}
		return time.Duration(r.Latency.P99) * time.Microsecond
	}
	without, with := time.Hour, time.Hour
	for i := range attempts {
		without = min(without, p99())
		unblock := block(t, b, url, publisher)
		with = min(with, p99())
		waitFor(t, "only the blocked client is left", func() bool { return b.Stats().Connections == 1 })
		unblock()
		t.Logf("p99 %v, and %v with a blocked client", without, with)
		if with <= without+max(mayDelay, without) {
			return
		}
		if i == attempts-1 {
			t.Errorf("a client that reads nothing delays the others")
		}
	}
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
	for b.Stats().Queued < 10 { // behind what the kernel has taken
		publisher.Append(large)
		if err := publisher.Flush(); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() != nil {
			t.Fatal("the client is not blocked")
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
