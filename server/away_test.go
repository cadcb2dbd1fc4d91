package server

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestGapWhenThePublisherWasAway: what it published meanwhile nobody can count, but that there may have been some is told
// before the next message.
func TestGapWhenThePublisherWasAway(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0, "--tick", "10")
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	p.open(core.SUB, pub.address(), "", "tick")
	p.awaitMessageOr(client.EventGap)
	pub.kill()
	p.awaitKind(client.EventDown)
	startPeer(t, "pub", pub.port, "--tick", "10")
	got := p.await("gap or message", func(e event) bool { return e.Kind == client.EventGap || e.Kind == client.EventMessage })
	if got.Kind != client.EventGap || got.Missed != 0 || got.Code != core.Unavailable {
		t.Errorf("got %+v", got)
	}
	p.awaitMessageOr(client.EventGap) // told once
}

// TestUpMeansLive: Up of a publisher that was restarted, as Opened of one that is found after the subscriptions were made,
// says that what is published from then on arrives. Many subscriptions of one page and one of another are not live at once;
// neither is told before its own are.
func TestUpMeansLive(t *testing.T) {
	t.Parallel()
	const prefixes = 3000
	port := freePort(t)
	_, url := startBridge(t, allowAll(Config{}))
	address := fmt.Sprintf("tcp://127.0.0.1:%d", port)
	pages := []*page{dial(t, url, nil), dial(t, url, nil)}
	many := make([]string, prefixes)
	for i := range many {
		many[i] = fmt.Sprintf("t%05d.", i)
	}
	pages[0].open(core.SUB, address, "", many...)
	pages[1].open(core.SUB, address, "", "t02999.")
	pages[0].awaitKind(client.EventDown)
	pages[1].awaitKind(client.EventDown)
	for _, told := range []client.EventKind{client.EventOpened, client.EventUp} {
		pub := startPeer(t, "pub", port, "--tick", "5")
		pages[0].awaitKind(told)
		for _, topic := range []string{"t00000.", "t01500.", "t02999."} {
			pub.tell(topic)
			if got := pages[0].awaitKind(client.EventMessage); got.parts[0] != topic {
				t.Fatalf("after %v got %q, want %q", told, got.parts, topic)
			}
		}
		pages[1].awaitKind(told)
		pub.kill()
		pages[0].awaitKind(client.EventDown)
		pages[1].awaitKind(client.EventDown)
	}
}
