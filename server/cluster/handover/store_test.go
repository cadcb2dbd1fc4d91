package handover_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/handover"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

const patience = 20 * time.Second

// join makes the store of one more bridge.
func join(t *testing.T, servers *natstest.Servers) *handover.Store {
	t.Helper()
	c, err := cluster.Open(cluster.Config{Servers: []string{servers.URLs()}, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c.Close(ctx)
	})
	wait.For(t, "NATS", c.Up)
	return handover.New(c, time.Minute)
}

// place is that of a token.
func place(token string) string {
	hash := sha256.Sum256([]byte(token))
	return hex.EncodeToString(hash[:])
}

// TestOneBridgeTakesIt: of all who try to take a parcel, at whatever place it was left, one succeeds, and then it is gone.
func TestOneBridgeTakesIt(t *testing.T) {
	servers := natstest.Start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	from := join(t, servers)
	bridges := []*handover.Store{join(t, servers), join(t, servers), join(t, servers)}
	parcel := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // of several pieces
	for _, size := range []int{10, len(parcel)} {
		places := []string{place("a" + string(rune(size))), place("b" + string(rune(size)))}
		if err := from.Put(ctx, places, parcel[:size]); err != nil {
			t.Fatal(err)
		}
		var taken atomic.Int64
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				got, take, err := bridges[i%3].Get(ctx, places[i%2])
				if err != nil {
					if core.CodeOf(err) != core.Lost {
						t.Error(err)
					}
					return
				}
				if !bytes.Equal(got, parcel[:size]) {
					t.Errorf("got %d bytes", len(got))
				}
				switch err := take(ctx); {
				case err == nil:
					taken.Add(1)
				case core.CodeOf(err) != core.Lost:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := taken.Load(); n != 1 {
			t.Errorf("%d have taken it", n)
		}
		for _, at := range places {
			if _, _, err := from.Get(ctx, at); core.CodeOf(err) != core.Lost {
				t.Errorf("it is still there: %v", err)
			}
		}
	}
}

// TestBridgesAreAsked: a bridge that has a session leaves it when another one is asked for it.
func TestBridgesAreAsked(t *testing.T) {
	servers := natstest.Start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asks, has := join(t, servers), join(t, servers)
	serving, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() {
		has.Run(serving, func(ctx context.Context, token [32]byte, found func()) bool {
			switch hex.EncodeToString(token[:]) {
			case place("goes"):
				found()
				return has.Put(ctx, []string{place("goes")}, []byte("the session")) == nil
			case place("stays"):
				found()
			}
			return false
		})
	})
	wait.For(t, "the session", func() bool {
		got, _, err := asks.Get(ctx, place("goes"))
		return err == nil && string(got) == "the session"
	})
	for _, token := range []string{"stays", "unknown"} {
		began := time.Now()
		if _, _, err := asks.Get(ctx, place(token)); core.CodeOf(err) != core.Lost || time.Since(began) > 2*time.Second {
			t.Errorf("%s: %v, after %v", token, err, time.Since(began))
		}
	}
}

// TestLeftTooLate: who has asked a bridge in vain, because it stood still, is told when it has left the session after all, and only then.
func TestLeftTooLate(t *testing.T) {
	servers := natstest.Start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asks, has := join(t, servers), join(t, servers)
	serving, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	standsStill := make(chan struct{})
	for _, s := range []*handover.Store{asks, has} {
		running.Go(func() {
			s.Run(serving, func(ctx context.Context, token [32]byte, found func()) bool {
				at := hex.EncodeToString(token[:])
				if s != has || at == place("unknown") {
					return false
				}
				<-standsStill
				found()
				return has.Put(ctx, []string{at}, []byte("the session")) == nil
			})
		})
	}
	told := make(chan string, 10)
	for _, token := range []string{"waits", "waits no more", "unknown"} {
		at := place(token)
		wait.For(t, "an answer, or none", func() bool { // the first questions may come before anybody listens
			_, _, err := asks.Get(ctx, at)
			return core.CodeOf(err) == core.Lost
		})
		forget := asks.Late(at, func() { told <- token })
		if token == "waits no more" {
			forget()
		}
	}
	select {
	case token := <-told:
		t.Fatalf("told of %q before anything was left", token)
	default:
	}
	close(standsStill)
	wait.For(t, "what was left", func() bool {
		_, _, err := asks.Get(ctx, place("waits no more"))
		return err == nil
	})
	if token := <-told; token != "waits" {
		t.Errorf("told of %q", token)
	}
	select {
	case token := <-told:
		t.Errorf("told of %q, too", token)
	case <-time.After(100 * time.Millisecond):
	}
}

// TestStoreWithoutNATS: nothing is left, and nobody waits for it.
func TestStoreWithoutNATS(t *testing.T) {
	servers := natstest.Start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := join(t, servers)
	servers.Kill(0)
	wait.For(t, "NATS to be away", func() bool { return !s.Ready() })
	if err := s.Put(ctx, []string{place("a")}, []byte("b")); core.CodeOf(err) != core.Unavailable {
		t.Errorf("Put: %v", err)
	}
	if _, _, err := s.Get(ctx, place("a")); core.CodeOf(err) != core.Unavailable {
		t.Errorf("Get: %v", err)
	}
}
