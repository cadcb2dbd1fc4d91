package server

import (
	"context"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestDrain: clients are asked to leave, get the answers that are outstanding, and nobody is let in any more but who comes
// back to a session.
func TestDrain(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	b, url := startBridge(t, allowAll(Config{}))
	busy, idle := dial(t, url, nil), dial(t, url, nil)
	idle.awaitKind(client.EventReady)
	asked := busy.ask(busy.open(core.REQ, held.address(), ""), 0, "q")
	held.hear()

	drained := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		drained <- b.Drain(ctx, 5*time.Second)
	}()
	for _, p := range []*page{busy, idle} {
		if got := p.awaitKind(client.EventDraining); got.Millis != 5000 {
			t.Errorf("told to leave within %d ms", got.Millis)
		}
	}
	leave := func(p *page) {
		if !p.client.Idle() {
			t.Error("leaves with something outstanding")
		}
		p.conn.Close(core.CloseGoingAway, "asked to leave")
	}
	leave(idle)

	late := dial(t, url, nil)
	if got := late.await("GoAway", func(e event) bool { return e.Kind == client.EventTurnedAway }); got.Millis == 0 || got.Millis > 5000 {
		t.Errorf("told to come back in %d ms", got.Millis)
	}
	if code := late.awaitClose(); code != core.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}

	busy.cut()
	waitFor(t, "the cut", func() bool { return b.Stats().Waiting == 1 })
	held.tell("a")
	busy.redial(url, nil)
	busy.awaitKind(client.EventResumed)
	busy.awaitKind(client.EventDraining)
	if got := busy.answer(asked); got.Kind != client.EventReply || got.parts[0] != "a" {
		t.Errorf("got %+v", got)
	}
	waitFor(t, "everything to be acknowledged", func() bool {
		idle := false
		busy.do(func(c *client.Client) { idle = c.Idle() })
		return idle
	})
	leave(busy)
	if err := <-drained; err != nil {
		t.Errorf("drained: %v", err)
	}
	if got := b.Stats(); got.Waiting != 0 {
		t.Errorf("%d sessions are kept for clients that have left", got.Waiting)
	}
}

// TestCloseWhileGreeting: a WebSocket without Hello does not hold the bridge up.
func TestCloseWhileGreeting(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, allowAll(Config{}))
	conn := dialMute(t, url)
	waitFor(t, "the WebSocket", func() bool { return b.Stats().Connections == 1 })
	began := time.Now()
	b.Close()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("Close took %v", took)
	}
	conn.Drop()
}
