//go:build long

package cluster_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
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

// TestPresence: bridges see each other, and that one has left or died, or was cut off.
func TestPresence(t *testing.T) {
	servers := natstest.Start(t, 1)
	a, b, c := join(t, servers.URLs()), join(t, servers.URLs()), join(t, servers.URLs())
	a.awaits(t, a, b, c)
	if m := a.Members()[0]; m.Version != "1" || m.Sessions != 7 || m.Endpoints[0].Name != "prices" || m.Heard.IsZero() {
		t.Errorf("it sees %+v", m)
	}
	b.leave()
	a.awaits(t, a, c)
	c.NATS().Close() // nobody hears of it any more
	a.awaits(t, a)
	wait.For(t, "it to be known to be dead", func() bool { dead, known := a.Dead(c.Identity().ID); return dead && known })
	servers.Kill(0)
	wait.For(t, "trouble", func() bool { return a.Trouble() != "" })
	wait.For(t, "nothing to be known", func() bool { _, known := a.Dead(c.Identity().ID); return !known })
	servers.Restart(0)
	wait.For(t, "the trouble to be over", func() bool { return a.Trouble() == "" })
	if dead, known := a.Dead(c.Identity().ID); dead || known {
		t.Error("who was away himself knows at once who is dead")
	}
	a.awaits(t, a)
}

// TestPresenceOfThree: one of three NATS servers may go.
func TestPresenceOfThree(t *testing.T) {
	servers := natstest.Start(t, 3)
	a, b := join(t, servers.URLs()), join(t, servers.URLs())
	a.awaits(t, a, b)
	servers.Kill(0)
	wait.For(t, "both to report after a server went", func() bool {
		return a.Trouble() == "" && b.Trouble() == "" && a.sees(a, b) && b.sees(a, b)
	})
}

// TestIdentitiesWithoutNATS: nobody gets one, who has one keeps it, and all is as it was when NATS is there again.
func TestIdentitiesWithoutNATS(t *testing.T) {
	servers := natstest.Start(t, 1)
	a, b := holding(t, servers.URLs()), holding(t, servers.URLs())
	release := a.mustHold(t, "anna")
	servers.Kill(0)
	awaitUp(t, b.Connection, false)
	b.mustNot(t, "bob", core.Unavailable)
	time.Sleep(3 * a.Lease() / 2) // longer than a lease, so that everybody has been away
	if a.Held() != 1 {
		t.Error("it was not kept")
	}
	servers.Restart(0)
	b.mustHold(t, "bob")
	for begun := time.Now(); time.Since(begun) < 2*a.Lease(); time.Sleep(50 * time.Millisecond) {
		b.mustNot(t, "anna", core.Conflict)
	}
	release()
	b.mustHold(t, "anna")
}
