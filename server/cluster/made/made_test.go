package made_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/stream"
)

// soon is what a bridge waits for at most: longer, and it says that NATS has not answered.
const soon = 5 * time.Second

// join makes connections to NATS.
func join(t *testing.T, servers *natstest.Servers, count int) (all []jetstream.JetStream) {
	t.Helper()
	for range count {
		conn, err := nats.Connect(servers.URLs())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, js)
	}
	return all
}

// TestMadeTogether: bridges that come at the same moment to servers that have nothing yet all get the same, soon.
func TestMadeTogether(t *testing.T) {
	for _, servers := range []int{1, 3} {
		t.Run(fmt.Sprint(servers), func(t *testing.T) {
			bridges := join(t, natstest.Start(t, servers), 4)
			for round := range 3 {
				var all sync.WaitGroup
				for _, js := range bridges {
					all.Go(func() { makeAll(t, js, fmt.Sprint("test", round), servers) })
				}
				all.Wait()
			}
		})
	}
}

func makeAll(t *testing.T, js jetstream.JetStream, name string, replicas int) {
	for what, try := range map[string]func(context.Context) error{
		"keys": func(ctx context.Context) error {
			kv, err := made.KeyValue(ctx, js, jetstream.KeyValueConfig{Bucket: name, TTL: time.Minute, Replicas: replicas, LimitMarkerTTL: time.Second})
			if err != nil {
				return err
			}
			return isOfUse(ctx, func() error { _, err := kv.Put(ctx, "a", nil); return err })
		},
		"objects": func(ctx context.Context) error {
			objects, err := made.Objects(ctx, js, jetstream.ObjectStoreConfig{Bucket: name, TTL: time.Minute, MaxBytes: 1 << 20, Replicas: replicas})
			if err != nil {
				return err
			}
			return isOfUse(ctx, func() error { _, err := objects.PutString(ctx, "a", "b"); return err })
		},
		"a history": func(ctx context.Context) error {
			_, err := stream.New(js, name, replicas).Open(ctx, "prices", access.History{Age: time.Hour, Bytes: 1 << 20})
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		if err := try(ctx); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		cancel()
	}
}

// isOfUse waits until what was made can be used: all servers have to hear of it.
func isOfUse(ctx context.Context, use func() error) error {
	for {
		err := use()
		if !errors.Is(err, nats.ErrNoResponders) && !errors.Is(err, jetstream.ErrNoStreamResponse) || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestBoundsFollow: what is there gets the bounds that are said, and is not touched where it has them.
func TestBoundsFollow(t *testing.T) {
	js := join(t, natstest.Start(t, 1), 1)[0]
	ctx, cancel := context.WithTimeout(t.Context(), 4*soon)
	defer cancel()
	updates, err := js.Conn().SubscribeSync("$JS.API.STREAM.UPDATE.>")
	if err != nil {
		t.Fatal(err)
	}
	for i, ttl := range []time.Duration{time.Minute, time.Minute, time.Hour} {
		keys, err := made.KeyValue(ctx, js, jetstream.KeyValueConfig{Bucket: "b", TTL: ttl, MaxValueSize: 100, LimitMarkerTTL: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		status, err := keys.Status(ctx)
		if err != nil || status.TTL() != ttl {
			t.Errorf("a bucket of keys has %v, %v", status.TTL(), err)
		}
		objects, err := made.Objects(ctx, js, jetstream.ObjectStoreConfig{Bucket: "b", TTL: ttl, MaxBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		has, err := objects.Status(ctx)
		if err != nil || has.TTL() != ttl {
			t.Errorf("a bucket of objects has %v, %v", has.TTL(), err)
		}
		if n, _, err := updates.Pending(); err != nil || n != i/2*2 {
			t.Errorf("NATS was asked to change something %d times, %v", n, err)
		}
	}
}

// TestInsist: what is late is tried again, for longer, and what fails is not.
func TestInsist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun, tries := time.Now(), 0
		got, err := made.Insist(ctx, func(ctx context.Context) (int, error) {
			tries++
			select {
			case <-time.After(1500 * time.Millisecond):
				return 7, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		})
		if took := time.Since(begun); got != 7 || err != nil || tries != 3 || took != 3*time.Second {
			t.Errorf("%d, %v after %d tries and %v", got, err, tries, took)
		}
		tries = 0
		no := errors.New("no")
		_, err = made.Insist(ctx, func(context.Context) (int, error) {
			if tries++; tries < 3 {
				return 0, errors.Join(errors.New("bucket exists"), jetstream.ErrStreamNameAlreadyInUse)
			}
			return 0, no
		})
		if err != no || tries != 3 {
			t.Errorf("%v after %d tries", err, tries)
		}
		if _, err = made.Insist(ctx, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }); !made.IsLate(err) || ctx.Err() == nil {
			t.Error(err)
		}
	})
}
