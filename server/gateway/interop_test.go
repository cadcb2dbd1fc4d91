package gateway

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestInterop is every type against every libzmq type it talks to, connecting and listening, with payloads of all shapes.
func TestInterop(t *testing.T) {
	for _, group := range byType(allPairs()) {
		t.Run(group[0].ours.String(), func(t *testing.T) {
			t.Parallel()
			z := StartLibzmq(t, recipes(payloads...))
			for _, p := range group {
				t.Run(p.String(), func(t *testing.T) {
					if p.refused != core.OK {
						_, err := openEnd(t, p, quick(), Somewhere)
						WantCode(t, err, p.refused)
						return
					}
					c := converse(t, z, p, quick(), t.Name(), nil)
					c.reach(t)
					for _, payload := range payloads {
						c.exchange(t, payload)
					}
					if p.ours == core.XPUB {
						WantWords(t, Await(t, "the subscription", c.end.news), "\x01")
					}
					if p.says() {
						c.wantRefused(t, core.Message{}, core.Invalid)
					}
				})
			}
		})
	}
}

// byType is the pairs by our type, one libzmq process being enough for each.
func byType(all []pair) (groups [][]pair) {
	for i, p := range all {
		if i == 0 || p.ours != all[i-1].ours {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], p)
	}
	return groups
}
