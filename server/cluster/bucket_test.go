package cluster_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestManyAskAtOnce: when many pages want names at once, the bucket is opened once for all of them, and not anew because an answer was late.
func TestManyAskAtOnce(t *testing.T) {
	servers := natstest.Start(t, 1)
	listening, err := nats.Connect(servers.URLs())
	if err != nil {
		t.Fatal(err)
	}
	defer listening.Close()
	var opened atomic.Int64
	for _, what := range []string{"CREATE", "UPDATE"} {
		if _, err := listening.Subscribe("$JS.API.STREAM."+what+".KV_zwb_test_identities", func(*nats.Msg) { opened.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := listening.Flush(); err != nil {
		t.Fatal(err)
	}
	a := holding(t, servers.URLs())
	a.awaits(t, a.bridge)
	holdAll := func(round int) {
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if _, err := a.hold(t, fmt.Sprint(round, i), nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	holdAll(1)
	late, end := context.WithDeadline(t.Context(), time.Now())
	defer end()
	if _, err := a.Hold(late, nil, nil, "late"); core.CodeOf(err) != core.Unavailable {
		t.Errorf("after its deadline: %v", err)
	}
	holdAll(2)
	if err := listening.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := opened.Load(); n == 0 || n > 2 { // it is looked for, and then made
		t.Errorf("NATS was asked %d times to make the bucket", n)
	}
}
