package limit

import "time"

// Opens is how fast a client may open endpoints. Each may have the bridge dial, which costs far more than the frame that asks for it.
type Opens struct {
	unpaid int // that it has opened, and that were not paid for
	bucket bucket
}

// opensPerSecond is how many endpoints a client opens in a second, and at once, before it has to wait.
const opensPerSecond = 250

// MostOpensOwed is how long a client is left waiting for that. It is more than all endpoints that one may have at a time take, and less
// than two heartbeats; whoever owes more is disconnected.
const MostOpensOwed = 20 * time.Second

// Add counts one.
func (o *Opens) Add() { o.unpaid++ }

// Owed is how long nothing more is to be read for those that were not paid for, which they are then.
func (o *Opens) Owed() (wait time.Duration) {
	if o.unpaid == 0 {
		return 0
	}
	wait = o.bucket.spend(o.unpaid, opensPerSecond, time.Now())
	o.unpaid = 0
	return wait
}
