package server

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestGapWhenThePublisherWasAway: what it published meanwhile nobody can count, but that there may have been some is told
// before the next message.
func TestGapWhenThePublisherWasAway(t *testing.T) {
	pub := startPeer(t, "pub", 0, "--tick", "10")
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	p.open(core.SUB, pub.address(), "", "tick")
	p.awaitMessageOr(core.EventGap)
	pub.kill()
	p.awaitKind(core.EventDown)
	startPeer(t, "pub", pub.port, "--tick", "10")
	p.awaitKind(core.EventUp)
	got := p.await("gap or message", func(e event) bool { return e.Kind == core.EventGap || e.Kind == core.EventMessage })
	if got.Kind != core.EventGap || got.Missed != 0 || got.Code != core.Unavailable {
		t.Errorf("got %+v", got)
	}
	p.awaitMessageOr(core.EventGap) // told once
}
