//go:build long && !windows

package cluster_test

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestServerThatStandsStill is one that is away.
func TestServerThatStandsStill(t *testing.T) {
	servers := natstest.Start(t, 1)
	c := open(t, servers.URLs())
	awaitUp(t, c, true)
	servers.Stop(0)
	awaitUp(t, c, false)
	servers.Continue(0)
	awaitUp(t, c, true)
}
