package handover_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestManyComeAtOnce: when all clients of a bridge that was lost come to another one, that opens its buckets once, and not for each of them: NATS
// would be busy with nothing else. An answer that is late is no reason to open them anew, either.
func TestManyComeAtOnce(t *testing.T) {
	servers := natstest.Start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	listening, err := nats.Connect(servers.URLs())
	if err != nil {
		t.Fatal(err)
	}
	defer listening.Close()
	var opened atomic.Int64
	for _, subject := range []string{"$JS.API.STREAM.CREATE.>", "$JS.API.STREAM.UPDATE.>"} {
		if _, err := listening.Subscribe(subject, func(*nats.Msg) { opened.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := listening.Flush(); err != nil {
		t.Fatal(err)
	}
	asks := join(t, servers)
	askAll := func() {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, _, err := asks.Get(ctx, place("nothing")); core.CodeOf(err) != core.Lost {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	askAll()
	late, end := context.WithDeadline(ctx, time.Now())
	defer end()
	if _, _, err := asks.Get(late, place("nothing")); core.CodeOf(err) != core.Unavailable {
		t.Errorf("after its deadline: %v", err)
	}
	askAll()
	if err := listening.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := opened.Load(); n == 0 || n > 4 { // two buckets, each of which is looked for and then made
		t.Errorf("NATS was asked %d times to make the buckets", n)
	}
}
