package server

import (
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestTooManyParts: a publication of too many parts is a gap for the page that subscribed to it, and nothing for another one.
func TestTooManyParts(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	_, url := startBridge(t, allowAll(Config{}))
	both, other := dial(t, url, nil), dial(t, url, nil)
	both.open(core.SUB, pub.address(), "", "big", "ok")
	other.open(core.SUB, pub.address(), "", "ok")
	for _, p := range []*page{both, both, other} {
		p.awaitKind(client.EventSubscribed)
	}
	big := make([]string, 1500)
	big[0] = "big"
	pub.tell("ok", "before")
	pub.tell(big...)
	pub.tell("ok", "after")
	for _, p := range []*page{both, other} {
		if got := p.awaitMessageOr(client.EventGap); got.parts[1] != "before" {
			t.Errorf("got %q", got.parts)
		}
	}
	gap := both.await("gap or message", func(e event) bool { return e.Kind == client.EventGap || e.Kind == client.EventMessage })
	if gap.Kind != client.EventGap || gap.Missed != 1 || gap.Code != core.TooLarge {
		t.Errorf("got %+v", gap)
	}
	for _, p := range []*page{both, other} {
		if got := p.awaitMessageOr(client.EventGap); got.parts[1] != "after" {
			t.Errorf("got %q", got.parts)
		}
	}
}

// TestMostPartsOfAPage: a page's request of as many parts as a message may have comes back from a REP.
func TestMostPartsOfAPage(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, rep.address(), "")
	most := make([]string, core.MaxParts)
	if got := p.request(req, most...); got.Kind != client.EventReply || !slices.Equal(got.parts, most) {
		t.Errorf("got %d parts, %v %s", len(got.parts), got.Code, got.Text)
	}
}
