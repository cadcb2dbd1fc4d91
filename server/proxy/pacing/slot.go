package pacing

import "time"

// Slot is the time at which a socket may send its next message. The zero value is that of a socket which may send at any time.
type Slot struct {
	paces    []*Pace // of each endpoint that has one
	reserved bool
	at       time.Time // when it may send, if that was reserved
}

// Follow has it go by these from now on, and gives up those of before.
func (s *Slot) Follow(paces []*Pace) {
	s.giveBack()
	for _, p := range s.paces {
		p.Release()
	}
	s.paces = paces
}

// Wait is how long the next message has to wait; 0: it may leave. Then Spend follows, when it has.
func (s *Slot) Wait(now time.Time) time.Duration {
	if len(s.paces) == 0 {
		return 0
	}
	if !s.reserved {
		s.reserved, s.at = true, time.Time{}
		for _, p := range s.paces {
			if at := p.reserve(now); at.After(s.at) {
				s.at = at
			}
		}
	}
	return max(0, s.at.Sub(now))
}

// Spend is told that a message has left.
func (s *Slot) Spend() { s.reserved = false }

func (s *Slot) giveBack() {
	if !s.reserved {
		return
	}
	s.reserved = false
	for _, p := range s.paces {
		p.giveBack()
	}
}
