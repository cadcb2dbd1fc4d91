package server

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

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
		interval: time.Duration(min(f.Millis, uint64(access.MaxInterval/time.Millisecond))) * time.Millisecond}
}

// under tightens terms by the rule of one more endpoint. A rate is lowered; a policy that is not allowed is an error.
func (t terms) under(f Flow, defaultHWM int) (terms, *core.Error) {
	if t.chosen && !f.Permits(t.overflow) {
		return t, core.NewError(core.Denied, "overflow "+t.overflow.String()+" is not allowed here, but "+f.Choices())
	}
	if t.overflow == core.OverflowDefault {
		t.overflow = f.Fallback()
	}
	hwm := f.HWM
	if hwm <= 0 {
		hwm = defaultHWM
	}
	if t.hwm == 0 || hwm < t.hwm {
		t.hwm = hwm
	}
	t.interval = max(t.interval, f.Interval())
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
