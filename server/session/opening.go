package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// opensPerSecond is how many endpoints a client opens in a second, and at once, before it has to wait. Each may have the bridge dial,
// which costs far more than the frame that asks for it.
const opensPerSecond = 250

// mostOpensDebt is how long a client is left waiting for that. It is more than all endpoints that one may have at a time take, and less
// than two heartbeats; whoever owes more is disconnected.
const mostOpensDebt = 20 * time.Second

// payForOpens delays the reading of a client that opens endpoints as fast as it can. It is for the reading goroutine, when what was read
// has been handled, and holds nothing. An error ends the session.
func (l *line) payForOpens() error {
	s := l.session
	if s.opened == 0 {
		return nil
	}
	if s.opens == nil {
		s.opens = limit.NewThrottle(opensPerSecond, 0, time.Now().Add(-time.Second)) // the first ones may come at once
	}
	wait := s.opens.Spend(s.opened, 0, time.Now())
	s.opened = 0
	switch {
	case wait == 0:
		return nil
	case wait > mostOpensDebt:
		l.registry.counters.Hit(limit.TooFast)
		return errTooFast
	}
	l.registry.counters.Hit(limit.Rate)
	l.rest(wait)
	return nil
}
