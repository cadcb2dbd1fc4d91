package req

import "time"

// waitsLong is how long a request is taken for one that is answered soon.
const waitsLong = time.Second

// seat is the place of a connection among those for which there is room. One whose request has waited for long leaves its
// place to another, as long as there are not too many of these. The lock of the conversation guards it.
type seat struct {
	lockstep *lockstep
	waits    bool // it is counted among those that wait, and has no place
}

// yield gives the place up, if that is possible.
func (s *seat) yield() {
	if s.waits {
		return
	}
	select {
	case s.lockstep.waiting <- struct{}{}:
		<-s.lockstep.places
		s.waits = true
	default:
	}
}

// retake takes a place again for the next request, and tells whether there was one.
func (s *seat) retake() bool {
	if !s.waits {
		return true
	}
	select {
	case s.lockstep.places <- struct{}{}:
		<-s.lockstep.waiting
		s.waits = false
		return true
	default:
		return false
	}
}

// leave ends it.
func (s *seat) leave() {
	if s.waits {
		<-s.lockstep.waiting
	} else {
		<-s.lockstep.places
	}
}
