package access

import (
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Flow is the rule of an endpoint for messages that come faster than a page consumes them, or wants them. The zero value
// means server.Config.HWM and ZeroMQ's own way, and lets pages choose for their subscriptions. Where a socket has several
// endpoints the stricter of their rules holds, and the first one's Overflow.
type Flow struct {
	HWM      int             // messages that wait for a subscription with a policy of its own, and for all others of a socket together; default server.Config.HWM
	Overflow core.Overflow   // of subscriptions that choose none; default drop-newest if it is allowed, else the first of Allow
	Allow    []core.Overflow // what a subscription may choose, besides Overflow; default all
	MaxRate  float64         // messages per second of one subscription; those between are conflated; default no limit
}

// Permits tells whether a page may choose an overflow policy.
func (f Flow) Permits(o core.Overflow) bool {
	return len(f.Allow) == 0 || o == f.Overflow || slices.Contains(f.Allow, o)
}

// Fallback is the policy of a subscription that chooses none.
func (f Flow) Fallback() core.Overflow {
	switch {
	case f.Overflow != core.OverflowDefault:
		return f.Overflow
	case !f.Permits(core.DropNewest):
		return f.Allow[0]
	}
	return core.DropNewest
}

// MaxInterval is the longest time between two messages that a rate or a page may ask for. It keeps sums of times from
// overflowing.
const MaxInterval = 10 * 365 * 24 * time.Hour

// Interval is the least time between two messages of a subscription, by MaxRate; 0: there is none.
func (f Flow) Interval() time.Duration {
	if !(f.MaxRate > 0) {
		return 0
	}
	return time.Duration(min(float64(time.Second)/f.MaxRate, float64(MaxInterval)))
}

// Choices lists the policies that a page may choose, for the text of a refusal.
func (f Flow) Choices() string {
	var names []string
	for _, o := range append([]core.Overflow{f.Overflow}, f.Allow...) {
		if o != core.OverflowDefault && !slices.Contains(names, o.String()) {
			names = append(names, o.String())
		}
	}
	return strings.Join(names, ", ")
}
