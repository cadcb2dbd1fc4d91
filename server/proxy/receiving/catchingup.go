package receiving

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// catchingUp is the messages that come for a client while it is given last values, and wait until these are through. The
// session's lock guards it.
type catchingUp struct {
	held   *account.Charge
	missed uint64 // messages there was no room for
}

func newCatchingUp(h *session.Handle) catchingUp {
	return catchingUp{held: h.Charge(account.Replays)}
}

// Waits implements gateway.Waiter. What is missing is told when the wait is over.
func (d *Inflow) Waits(bytes, messages int) bool {
	d.Lock()
	defer d.Unlock()
	w := &d.catching
	if bytes > 0 && !d.Fits(bytes) {
		d.Counters().Dropped.Add(uint64(messages))
		w.missed += uint64(messages)
		return false
	}
	w.held.Add(bytes)
	if w.held.Held() == 0 && w.missed > 0 && d.Open() {
		d.Counters().Gaps.Dropped.Add(1)
		d.SendLocked(&core.Frame{Kind: core.KindGap, Messages: w.missed, Code: core.Busy})
		w.missed = 0
	}
	return true
}
