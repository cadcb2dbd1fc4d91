package session_test

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// inRound delivers message i to a client, for a round to write.
func inRound(h *session.Handle, r *burst.Round, i byte) {
	var b burst.Builder
	b.Add(core.Message{{i}}, 0, 0)
	p := b.Take().Whole()
	p.Round = r
	deliver(h, p)
}

func awaitMessages(t *testing.T, c *cloggedConn, count int) {
	t.Helper()
	for i := range count {
		if f := c.Await(core.KindMessage); f.Body.Topic()[0] != byte(i) {
			t.Fatalf("message %d is %v", i, f.Body.Topic())
		}
	}
}

// TestRoundWritesWhenAllAreSeenTo, and what comes for a client meanwhile, in its place.
func TestRoundWritesWhenAllAreSeenTo(t *testing.T) {
	host := newSockets()
	bridge := sessiontest.NewBridge(t, host.make)
	one, toOne := subscriber(t, bridge, host)
	two, toTwo := subscriber(t, bridge, host)
	before := one.tried.Load() + two.tried.Load()
	var r burst.Round
	inRound(toOne, &r, 0)
	inRound(toTwo, &r, 0)
	inRound(toOne, &r, 1)
	inRound(toOne, nil, 2)
	if n := one.tried.Load() + two.tried.Load() - before; n != 0 {
		t.Errorf("%d were written before the round", n)
	}
	r.Run()
	awaitMessages(t, one, 3)
	awaitMessages(t, two, 1)
	r.Run() // there is nothing any more
	inRound(toTwo, &r, 0)
	r.Run()
	awaitMessages(t, two, 1)
}

// TestRoundWithABlockedClient goes on to the others, and what the network has not taken is written when it does.
func TestRoundWithABlockedClient(t *testing.T) {
	host := newSockets()
	bridge := sessiontest.NewBridge(t, host.make)
	blocked, to := subscriber(t, bridge, host)
	other, toOther := subscriber(t, bridge, host)
	blocked.clogged.Store(true)
	const count = 50
	for i := range count {
		var r burst.Round
		inRound(to, &r, byte(i))
		inRound(toOther, &r, byte(i))
		r.Run()
	}
	awaitMessages(t, other, count)
	blocked.clogged.Store(false)
	close(blocked.cleared)
	awaitMessages(t, blocked, count)
}

// TestLineThatEndsBeforeItsRound is told why, by the round at the latest, and the bridge can close.
func TestLineThatEndsBeforeItsRound(t *testing.T) {
	host := newSockets()
	bridge := sessiontest.NewBridge(t, host.make)
	c, to := subscriber(t, bridge, host)
	var r burst.Round
	inRound(to, &r, 0)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		bridge.Close()
	}()
	wait.For(t, "the session to end", func() bool { return !isOpen(to) })
	r.Run()
	if code := c.AwaitClose(); code != core.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
	<-closed
}

func isOpen(h *session.Handle) bool {
	h.Lock()
	defer h.Unlock()
	return h.Open()
}
