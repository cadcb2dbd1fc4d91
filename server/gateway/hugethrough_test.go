//go:build long

package gateway

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// TestInteropHuge: with limits that allow it every type sends and receives 100 MiB.
func TestInteropHuge(t *testing.T) {
	c := quick()
	c.Limits = zmtp.Limits{MaxFrame: 128 * MiB, MaxMessage: 128 * MiB}
	z := StartLibzmq(t, recipes(huge))
	for _, p := range endpoints() {
		if p.bind && p.ours != core.REP {
			continue // who listened makes no difference to a connection
		}
		t.Run(p.String(), func(t *testing.T) { // one after the other, for the sake of memory
			d := converse(t, z, p, c, t.Name(), nil)
			d.reach(t)
			d.exchange(t, huge)
		})
	}
}
