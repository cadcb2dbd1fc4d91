package gateway

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestUnusedAreThoseWithoutUsers, in the order in which they were left, whatever comes and goes.
func TestUnusedAreThoseWithoutUsers(t *testing.T) {
	f := newTestFactory(t, Config{Dial: make(Pipes).Dial, MaxGateways: 5})
	random := rand.New(rand.NewPCG(1, 1))
	var held []*ReqGateway
	for range 500 {
		if len(held) > 0 && random.IntN(2) == 0 {
			i := random.IntN(len(held))
			held[i].Release()
			held = append(held[:i], held[i+1:]...)
		} else if ep, err := core.ParseEndpoint(fmt.Sprint("tcp://backend:", 1+random.IntN(8))); err != nil {
			t.Fatal(err)
		} else if g, err := f.Req(ep); err == nil {
			held = append(held, g)
		} else if core.CodeOf(err) != core.Busy {
			t.Fatal(err)
		}
		checkUnused(t, f)
	}
}

func checkUnused(t *testing.T, f *Factory) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	used := 0
	for _, s := range f.slots {
		if s.users > 0 {
			used++
		}
		if (s.users > 0) != (s.place == nil) {
			t.Fatalf("%d users, among the unused: %v", s.users, s.place != nil)
		}
	}
	if used != f.used() || len(f.slots) > f.config.MaxGateways {
		t.Fatalf("%d of %d are used, counted %d", used, len(f.slots), f.used())
	}
	for e := f.unused.Front(); e != nil && e.Next() != nil; e = e.Next() {
		if e.Value.(*slot).since.After(e.Next().Value.(*slot).since) {
			t.Fatal("one that was left later is before one that was left earlier")
		}
	}
}
