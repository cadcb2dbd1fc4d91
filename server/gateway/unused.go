package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// makeRoom retires the gateway that has been idle for longest when there are too many. When there are, everybody who opens one comes
// here, so it costs the same however many there are. The caller holds the lock.
func (f *Factory) makeRoom() error {
	if len(f.slots) < f.config.MaxGateways {
		return nil
	}
	first := f.unused.Front()
	if first == nil {
		return core.NewError(core.Busy, "too many backends are in use")
	}
	oldest := first.Value.(*slot)
	oldest.idle.Stop()
	f.retire(oldest)
	return nil
}

// takePlace takes a slot from among the unused, if it is there. The caller holds the lock.
func (f *Factory) takePlace(s *slot) {
	if s.place != nil {
		f.unused.Remove(s.place)
		s.place = nil
	}
}

// used is how many gateways have users. The caller holds the lock.
func (f *Factory) used() int { return len(f.slots) - f.unused.Len() }
