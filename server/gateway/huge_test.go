package gateway

import (
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestHugeIsRefused: by default 100 MiB are too much. What a page sends is refused, what a peer sends is left out, and nobody
// loses anything else, nor a connection.
//
// The heartbeat is quick for the sake of PAIR: libzmq's accepts a connection while it still has the last one, and then does
// nothing with it.
func TestHugeIsRefused(t *testing.T) {
	for _, group := range byType(endpoints()) {
		t.Run(group[0].ours.String(), func(t *testing.T) {
			t.Parallel()
			z := StartLibzmq(t, recipes(huge, payloads[0]))
			for _, p := range group {
				t.Run(p.String(), func(t *testing.T) {
					d := converse(t, z, p, sceneConfig(), t.Name(), nil)
					d.reach(t)
					if p.says() {
						d.wantRefused(t, huge.message(), core.TooLarge)
					}
					if p.hears() {
						d.offend(t)
						d.reach(t)
					}
					d.exchange(t, payloads[0])
				})
			}
		})
	}
}

// offend makes the peer send what is too much.
func (c *dialogue) offend(t *testing.T) {
	t.Helper()
	if !c.answers() {
		c.ask(t, "for too much")
	}
	bystander := c.name + " bystander"
	if c.shared() {
		openPeer(t, c.peer, bystander, c.pair, c.end.endpoint.Port, Order{"identity": "bystander"})
		Eventually(t, "two are connected", func() bool { return c.end.factory.Stats().PeersUp == 2 })
	}
	c.peer.Do(t, Order{"do": "send", "socket": c.name, "payload": huge.name})

	const reason = "a frame of 104857600 bytes, the limit is 67108864"
	if c.ours == core.REQ {
		err := c.end.failure(t)
		WantCode(t, err, core.TooLarge)
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("got %q, want %q in it", err, reason)
		}
	}
	Eventually(t, "counted", func() bool { return c.end.factory.Stats().Dropped[drop.TooLarge] == 1 })
	if s := c.end.factory.Stats(); s.ProtocolErrors != 0 || s.Reconnects != 0 {
		t.Errorf("the connection was lost: %+v", s)
	}
	if c.shared() {
		c.peer.Do(t, Order{"do": "say", "socket": bystander, "text": "unhurt"})
		Eventually(t, "the other peer is unhurt", func() bool { return c.here("unhurt") })
		c.peer.Do(t, Order{"do": "close", "socket": bystander})
	}
}

// ask sends a text that the peer may answer, or not.
func (c *dialogue) ask(t testing.TB, words string) {
	t.Helper()
	if !c.try(t, words) {
		t.Fatalf("%v: cannot ask", c.pair)
	}
	Eventually(t, "asked", func() bool {
		return slices.Contains(c.peer.Do(t, Order{"do": "take", "socket": c.name}).Texts, words)
	})
}
