//go:build long && !windows

package outlive

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
)

// ordeal is a fault, and how it is suffered.
type ordeal struct {
	fleettest.Fault
	lasts  time.Duration
	during bool // everybody goes on while it lasts
}

// holdUp is longer than a lease lasts.
const holdUp = 4 * time.Second

// bridgeFaults are what may happen to bridges: everything to each. Whoever stores the feed when a kind of fault begins is struck by it.
func bridgeFaults() (all []ordeal) {
	for _, kind := range []func(i int) ordeal{
		func(i int) ordeal { return ordeal{fleettest.Killed(i), holdUp, true} },
		func(i int) ordeal { return ordeal{fleettest.Stopped(i), holdUp, true} },
		func(i int) ordeal { return ordeal{fleettest.Drained(i), 0, true} },
		func(i int) ordeal { return ordeal{fleettest.Parted(i), holdUp, false} },
		func(i int) ordeal { return ordeal{fleettest.CutOff(i), holdUp, false} },
	} {
		for i := range 3 {
			all = append(all, kind(i))
		}
	}
	return all
}

// natsFaults are what may happen to NATS servers, another one to each.
func natsFaults() []ordeal {
	return []ordeal{{fleettest.NATSKilled(0), holdUp, false}, {fleettest.NATSStopped(1), holdUp, false}, {fleettest.NATSParted(2), holdUp, false}}
}

// suffer has a fault happen, and waits until everybody goes on.
func (f *fleet) suffer(t *testing.T, c *crowd, what ordeal) {
	t.Helper()
	begun := time.Now()
	what.Strike(t, f.Fleet)
	struck := int(f.feed.said.Load())
	if what.during {
		took := c.pass(t, struck+1, patience, what.Name)
		t.Logf("%s: everybody goes on after %v", what.Name, took.Round(time.Millisecond))
	}
	time.Sleep(time.Until(begun.Add(what.lasts)))
	what.Recover(t, f.Fleet)
	took := c.pass(t, int(f.feed.said.Load())+1, patience, what.Name+", and it is over")
	t.Logf("%s, and it is over: everybody is up to date after %v", what.Name, took.Round(time.Millisecond))
}

// patience is how long it may take until everybody goes on.
const patience = 30 * time.Second
