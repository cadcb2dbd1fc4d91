//go:build long

package stream_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestBridgesMeetAClusterThatForms: whatever the first questions of bridges were answered while the NATS servers became a cluster,
// everything runs soon after they are one.
func TestBridgesMeetAClusterThatForms(t *testing.T) {
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel() // so that everything is slow at times
			meetForming(t, time.Duration(round%5)*300*time.Millisecond)
		})
	}
}

const (
	rounds = 12
	soon   = 10 * time.Second
)

func meetForming(t *testing.T, apart time.Duration) {
	output, slow := new(logged), false
	defer func() {
		if t.Failed() || slow {
			t.Logf("the bridges say:\n%.20000s", output.String())
		}
	}()
	pub := startPublisher(t)
	nats := natstest.StartForming(t, 3)
	time.Sleep(apart) // for bridges to come at different times
	log := func(c *gateway.Config) {
		c.Log = slog.New(slog.NewTextHandler(output, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	bridges := []*bridge{startBridge(t, nats.URLs(), pub.Endpoint(), log), startBridge(t, nats.URLs(), pub.Endpoint(), log)}
	formed := make(chan time.Time, 1)
	go func() { // ends when they are one, or the test fails
		nats.AwaitFormed()
		formed <- time.Now()
	}()
	var all []*listener
	for _, b := range bridges {
		all = append(all, b.listen(t, ""))
	}
	since := <-formed
	pub.say(t, "m", 10)
	want := said("m", 1, 10, 0)
	for i, l := range all {
		for l.line() != want {
			if time.Since(since) > soon {
				t.Fatalf("bridge %d has heard %q %v after the NATS servers are a cluster", i, l.line(), time.Since(since))
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	slow = time.Since(since) > 3*time.Second
	t.Logf("everything is there %v after the NATS servers are a cluster", time.Since(since).Round(time.Millisecond))
}

// logged is what was logged so far.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
