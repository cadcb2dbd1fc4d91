package server

import (
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Flow is the rule of an endpoint for messages that come faster than a page consumes them, or wants them. The zero value
// is Config.HWM and ZeroMQ's own way, and lets pages choose for their subscriptions. Where a socket has several endpoints
// the stricter of their rules holds, and the first one's Overflow.
type Flow struct {
	HWM      int             // messages that wait for a subscription with a policy of its own, and for all others of a socket together; default Config.HWM
	Overflow core.Overflow   // of subscriptions that choose none; default drop-newest if it is allowed, else the first of Allow
	Allow    []core.Overflow // what a subscription may choose, besides Overflow; default all
	MaxRate  float64         // messages per second of one subscription; those between are conflated; default no limit
}

// permits tells whether a page may choose this.
func (f Flow) permits(o core.Overflow) bool {
	return len(f.Allow) == 0 || o == f.Overflow || slices.Contains(f.Allow, o)
}

// fallback is the policy of who chooses none.
func (f Flow) fallback() core.Overflow {
	switch {
	case f.Overflow != core.OverflowDefault:
		return f.Overflow
	case !f.permits(core.DropNewest):
		return f.Allow[0]
	}
	return core.DropNewest
}

// maxInterval keeps sums of times from overflowing.
const maxInterval = 10 * 365 * 24 * time.Hour

func (f Flow) interval() time.Duration {
	if !(f.MaxRate > 0) {
		return 0
	}
	return time.Duration(min(float64(time.Second)/f.MaxRate, float64(maxInterval)))
}

func (f Flow) choices() string {
	var names []string
	for _, o := range append([]core.Overflow{f.Overflow}, f.Allow...) {
		if o != core.OverflowDefault && !slices.Contains(names, o.String()) {
			names = append(names, o.String())
		}
	}
	return strings.Join(names, ", ")
}

// terms are what a subscription asks for and the rules of its socket's endpoints leave of it.
type terms struct {
	overflow core.Overflow // the default until the first rule has settled it
	chosen   bool          // by the page
	interval time.Duration // the least time between two messages; those between are conflated
	hwm      int           // 0: no rule has said it yet
}

// termsOf reads what a Subscribe asks for.
func termsOf(f *core.Frame) terms {
	overflow := core.OverflowOf(f.Flags)
	return terms{overflow: overflow, chosen: overflow != core.OverflowDefault,
		interval: time.Duration(min(f.Millis, uint64(maxInterval/time.Millisecond))) * time.Millisecond}
}

// under tightens terms by the rule of one more endpoint. A rate is lowered; a policy that is not allowed is an error.
func (t terms) under(f Flow, defaultHWM int) (terms, *core.Error) {
	if t.chosen && !f.permits(t.overflow) {
		return t, core.NewError(core.Denied, "overflow "+t.overflow.String()+" is not allowed here, but "+f.choices())
	}
	if t.overflow == core.OverflowDefault {
		t.overflow = f.fallback()
	}
	hwm := f.HWM
	if hwm <= 0 {
		hwm = defaultHWM
	}
	if t.hwm == 0 || hwm < t.hwm {
		t.hwm = hwm
	}
	t.interval = max(t.interval, f.interval())
	return t, nil
}

// own tells whether a subscription on these terms needs a lane besides the main one.
func (t terms) own(main terms) bool {
	return t.chosen || t.interval > 0 || t.overflow != main.overflow || t.hwm != main.hwm
}

// conflates tells whether only the last message of each topic waits.
func (t terms) conflates() bool { return t.overflow == core.Conflate || t.interval > 0 }

// dropsOldest: it is what is newest that a page wants which conflates, unless it says otherwise.
func (t terms) dropsOldest() bool {
	return t.overflow == core.DropOldest || t.overflow == core.Conflate || t.interval > 0 && !t.chosen && t.overflow != core.CloseSlow
}

// flow asks for the rule of an endpoint.
func (s *session) flow(a Access) (f Flow, e *core.Error) {
	hook := s.bridge.cfg.Flow
	if hook == nil {
		return Flow{}, nil
	}
	a.HTTP, a.User = s.request, s.user
	err := guardHook(func() error {
		f = hook(a)
		return nil
	})
	if err != nil {
		return Flow{}, public(s.log, err, a.String()+" is not allowed")
	}
	return f, nil
}
