package cluster_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// list is that of a bridge.
type list struct {
	changed chan struct{}
	mu      sync.Mutex
	acts    map[string]cluster.Revocation // by user
}

func (l *list) Acts() (all []cluster.Revocation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.acts {
		all = append(all, a)
	}
	return all
}

func (l *list) Merge(acts []cluster.Revocation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range acts {
		if a.Since.After(l.acts[a.User].Since) {
			l.acts[a.User] = a
		}
	}
}

func (l *list) Changed() <-chan struct{} { return l.changed }

func (l *list) act(user string, lifted bool) {
	l.mu.Lock()
	l.acts[user] = cluster.Revocation{User: user, Since: time.Now(), Until: time.Now().Add(time.Hour), Lifted: lifted}
	l.mu.Unlock()
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *list) has(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, is := l.acts[user]
	return is && !a.Lifted
}

// sharing is a bridge whose list is that of the cluster.
func sharing(t *testing.T, urls string) (*list, *cluster.Revocations) {
	t.Helper()
	b := join(t, urls)
	l := &list{changed: make(chan struct{}, 1), acts: map[string]cluster.Revocation{}}
	r := cluster.NewRevocations(b.Connection, b.Presence, l)
	runs(t, r.Run)
	return l, r
}

// runs runs something until the test ends.
func runs(t *testing.T, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { // until stop
		defer close(ended)
		run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

// TestRevocationsAreTheSame at all bridges, within a second, and at those that come later; what is lifted is lifted everywhere. Entries that no bridge has
// written are passed over, and written over.
func TestRevocationsAreTheSame(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, of := sharing(t, servers.URLs())
	b, _ := sharing(t, servers.URLs())
	for i := range 500 {
		a.act(strconv.Itoa(i), false)
	}
	wait.For(t, "many to be everywhere", func() bool { return len(b.Acts()) == 500 })
	begun := time.Now()
	b.act("bob", false)
	wait.For(t, "a revocation to be everywhere", func() bool { return a.has("bob") })
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %v", took)
	}
	c, _ := sharing(t, servers.URLs())
	wait.For(t, "who comes later to know", func() bool { return c.has("bob") && c.has("0") })
	a.act("bob", true)
	wait.For(t, "it to be lifted everywhere", func() bool { return !b.has("bob") && !c.has("bob") })
	if !of.Known() || of.Odd() != 0 {
		t.Errorf("%v, %d odd ones", of.Known(), of.Odd())
	}
}

// TestRevocationsWithoutNATS: each goes on with what it has, and all are the same again when NATS is there again, whether it has kept something or not.
func TestRevocationsWithoutNATS(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, _ := sharing(t, servers.URLs())
	b, of := sharing(t, servers.URLs())
	a.act("ann", false)
	wait.For(t, "it to be everywhere", func() bool { return b.has("ann") })
	servers.Kill(0)
	c, unknown := sharing(t, servers.URLs())
	a.act("bob", false)
	b.act("eve", false)
	b.act("ann", true)
	time.Sleep(500 * time.Millisecond)
	if a.has("eve") || b.has("bob") || !a.has("ann") || c.has("ann") || unknown.Known() || !of.Known() {
		t.Error("something went without NATS")
	}
	servers.Restart(0)
	same := func(lists ...*list) bool {
		for _, l := range lists {
			if !l.has("bob") || !l.has("eve") || l.has("ann") {
				return false
			}
		}
		return true
	}
	wait.For(t, "all to be the same", func() bool { return same(a, b, c) })
	other := open(t, servers.URLs())
	awaitUp(t, other, true)
	ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	if err := other.JetStream().DeleteKeyValue(ctx, "zwb_test_revoked"); err != nil {
		t.Fatal(err)
	}
	d, _ := sharing(t, servers.URLs())
	wait.For(t, "a bucket that was taken away to be there again", func() bool { return d.has("bob") && d.has("eve") && !d.has("ann") })
}

// TestHostileRevocations: what no bridge has written is passed over, and written over by whoever has something to say there.
func TestHostileRevocations(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, of := sharing(t, servers.URLs())
	a.act("bob", false)
	other := open(t, servers.URLs())
	awaitUp(t, other, true)
	ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	var key string
	wait.For(t, "bob to be written down", func() bool {
		kv, err := other.JetStream().KeyValue(ctx, "zwb_test_revoked")
		if err != nil {
			return false
		}
		keys, err := kv.Keys(ctx)
		if err != nil || len(keys) != 1 {
			return false
		}
		key = keys[0]
		return true
	})
	kv, err := other.JetStream().KeyValue(ctx, "zwb_test_revoked")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"nonsense": "{}", key: "no JSON", "0": `{"user": "eve", "until": "2100-01-01T00:00:00Z", "since": "2099-01-01T00:00:00Z", "bridge": "nobody"}`} {
		if _, err := kv.Put(ctx, name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	wait.For(t, "them to be passed over", func() bool { return of.Odd() >= 3 })
	b, _ := sharing(t, servers.URLs())
	wait.For(t, "bob to be written down again", func() bool { return b.has("bob") })
	if a.has("eve") || b.has("eve") {
		t.Error("somebody is revoked by nobody")
	}
}
