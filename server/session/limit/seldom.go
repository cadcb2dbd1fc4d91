package limit

import (
	"sync/atomic"
	"time"
)

// Seldom lets something be said once a second. Anybody may ask it.
type Seldom struct{ last atomic.Int64 }

// Due tells whether it may be said now.
func (s *Seldom) Due(now time.Duration) bool {
	last := s.last.Load()
	return (last == 0 || now-time.Duration(last) >= time.Second) && s.last.CompareAndSwap(last, max(1, int64(now)))
}
