package outbox

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Terms are what a subscription asks for, and what the rules of its socket's endpoints leave of it.
type Terms struct {
	Overflow core.Overflow // the default until the first rule has settled it
	Chosen   bool          // the page has chosen Overflow
	HWM      int           // messages that may wait; 0: no rule has said it yet
	interval time.Duration // the least time between two messages; those between are conflated
}

// TermsOf reads what a Subscribe asks for.
func TermsOf(f *core.Frame) Terms {
	overflow := core.OverflowOf(f.Flags)
	return Terms{Overflow: overflow, Chosen: overflow != core.OverflowDefault,
		interval: time.Duration(min(f.Millis, uint64(access.MaxInterval/time.Millisecond))) * time.Millisecond}
}

// Under tightens terms by the rule of one more endpoint. A rate is lowered; a policy that is not allowed is an error. What
// a rule does not say is defaultHWM.
func (t Terms) Under(f access.Flow, defaultHWM int) (Terms, *core.Error) {
	if t.Chosen && !f.Permits(t.Overflow) {
		return t, core.NewError(core.Denied, "overflow "+t.Overflow.String()+" is not allowed here, but "+f.Choices())
	}
	if t.Overflow == core.OverflowDefault {
		t.Overflow = f.Fallback()
	}
	hwm := f.HWM
	if hwm <= 0 {
		hwm = defaultHWM
	}
	if t.HWM == 0 || hwm < t.HWM {
		t.HWM = hwm
	}
	t.interval = max(t.interval, f.Interval())
	return t, nil
}

// differ tells whether a subscription on these terms needs a lane besides the main one.
func (t Terms) differ(main Terms) bool {
	return t.Chosen || t.interval > 0 || t.Overflow != main.Overflow || t.HWM != main.HWM
}

// conflates tells whether only the last message of each topic waits.
func (t Terms) conflates() bool { return t.Overflow == core.Conflate || t.interval > 0 }

// dropsOldest tells whether a full lane gives up what has waited longest. A page that has messages conflated wants the
// newest ones, unless it says otherwise.
func (t Terms) dropsOldest() bool {
	return t.Overflow == core.DropOldest || t.Overflow == core.Conflate || t.interval > 0 && !t.Chosen && t.Overflow != core.CloseSlow
}
