package cluster_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// holder is a bridge that holds names.
type holder struct {
	*bridge
	*cluster.Identities
}

func holding(t *testing.T, urls string) *holder {
	t.Helper()
	b := join(t, urls)
	h := &holder{b, cluster.NewIdentities(b.Connection, b.Presence)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { // until the test ends
		defer close(ended)
		h.Identities.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return h
}

func (h *holder) hold(t *testing.T, name string, lost func()) (release func(), err error) {
	t.Helper()
	return h.Hold(t.Context(), lost, nil, "DEALER", "room", name)
}

// mustHold waits until a name is to be had.
func (h *holder) mustHold(t *testing.T, name string) (release func()) {
	t.Helper()
	return h.mustHoldUntil(t, name, func() { t.Errorf("%s was lost", name) })
}

// mustHoldUntil is mustHold for a name that may be lost.
func (h *holder) mustHoldUntil(t *testing.T, name string, lost func()) (release func()) {
	t.Helper()
	wait.For(t, "a name to be had", func() (held bool) {
		var err error
		release, err = h.hold(t, name, lost)
		return err == nil
	})
	return release
}

func (h *holder) mustNot(t *testing.T, name string, code core.Code) {
	t.Helper()
	if _, err := h.hold(t, name, nil); core.CodeOf(err) != code {
		t.Errorf("%s: %v", name, err)
	}
}

// TestIdentitiesOfBridges: they are had by one bridge at a time, until it gives them back or is there no more.
func TestIdentitiesOfBridges(t *testing.T) {
	servers := natstest.Start(t, 1)
	a, b := holding(t, servers.URLs()), holding(t, servers.URLs())
	a.awaits(t, a.bridge, b.bridge)
	release := a.mustHold(t, "anna")
	a.mustHold(t, "otto")
	b.mustNot(t, "anna", core.Conflict)
	b.mustHold(t, "someone else")
	release()
	b.mustHold(t, "anna")
	a.mustNot(t, "anna", core.Conflict)
	a.NATS().Close() // as if it had been killed
	begun := time.Now()
	b.mustHold(t, "otto")
	if took := time.Since(begun); took > 4*a.Lease() {
		t.Errorf("it was had after %v, and a lease is %v", took, a.Lease())
	}
}

// TestIdentityThatIsWanted: the bridge that has it hears that another one asks.
func TestIdentityThatIsWanted(t *testing.T) {
	servers := natstest.Start(t, 1)
	a, b := holding(t, servers.URLs()), holding(t, servers.URLs())
	a.awaits(t, a.bridge, b.bridge)
	a.mustHold(t, "otto")
	wanted := make(chan struct{}, 100)
	var release func()
	wait.For(t, "a name to be had", func() (held bool) {
		var err error
		release, err = a.Hold(t.Context(), nil, func() { wanted <- struct{}{} }, "DEALER", "room", "anna")
		return err == nil
	})
	b.mustNot(t, "otto", core.Conflict)
	b.mustNot(t, "someone else's", core.OK)
	if len(wanted) != 0 {
		t.Error("another name is wanted")
	}
	b.mustNot(t, "anna", core.Conflict)
	select {
	case <-wanted:
	case <-time.After(wait.Patience):
		t.Fatal("it does not hear that its name is wanted")
	}
	release()
	b.mustHold(t, "anna")
}

// TestIdentityOfABridgeThatWasCutOff goes to another one, which the first learns when it is back.
func TestIdentityOfABridgeThatWasCutOff(t *testing.T) {
	servers := natstest.Start(t, 1)
	way := natstest.NewRelay(t, strings.TrimPrefix(servers.URLs(), "nats://"))
	a, b := holding(t, "nats://"+way.Address()), holding(t, servers.URLs())
	a.awaits(t, a.bridge, b.bridge)
	var lost atomic.Int32
	release := a.mustHoldUntil(t, "anna", func() { lost.Add(1) })
	a.mustHold(t, "otto")
	way.Cut()
	awaitUp(t, a.Connection, false)
	b.mustHold(t, "anna")
	if lost.Load() != 0 {
		t.Error("it knows already")
	}
	way.Heal()
	wait.For(t, "it to learn that its name has gone", func() bool { return lost.Load() == 1 })
	release() // of what is not its own any more
	b.awaits(t, a.bridge, b.bridge)
	kv, err := b.JetStream().KeyValue(t.Context(), "zwb_test_identities")
	if err != nil {
		t.Fatal(err)
	}
	wait.For(t, "both names to be written down", func() bool { // b may have taken otto away while it took a for dead
		keys, err := kv.Keys(t.Context())
		return err == nil && len(keys) == 2
	})
	a.mustNot(t, "anna", core.Conflict)
	b.mustNot(t, "otto", core.Conflict)
	if a.Held() != 1 {
		t.Errorf("it holds %d", a.Held())
	}
}

// TestHostileHolders: what no bridge has written is nobody's, and what is of the dead goes away.
func TestHostileHolders(t *testing.T) {
	servers := natstest.Start(t, 1)
	a, b := holding(t, servers.URLs()), holding(t, servers.URLs())
	b.awaits(t, a.bridge, b.bridge)
	a.mustHoldUntil(t, "anna", func() {}) // it is overwritten
	ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	kv, err := a.JetStream().KeyValue(ctx, "zwb_test_identities")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := kv.Keys(ctx)
	if err != nil || len(keys) != 1 || strings.Contains(keys[0], "anna") {
		t.Fatalf("the keys are %v, %v", keys, err)
	}
	for _, value := range []string{"", "{}", `{"bridge": "../../x"}`, `{"bridge": 7}`, strings.Repeat("x", 256)} {
		if _, err := kv.Put(ctx, keys[0], []byte(value)); err != nil {
			t.Fatal(err)
		}
		b.mustHold(t, "anna")()
		wait.For(t, "it to be given back", func() bool { _, err := kv.Get(ctx, keys[0]); return err != nil })
	}
	if _, err := kv.Put(ctx, keys[0], []byte(`{"bridge": "`+strings.Repeat("ab", 16)+`"}`)); err != nil {
		t.Fatal(err)
	}
	c := join(t, servers.URLs())
	a.awaits(t, a.bridge, b.bridge, c)
	c.leave()
	wait.For(t, "what is of the dead to go", func() bool { _, err := kv.Get(ctx, keys[0]); return err != nil })
}
