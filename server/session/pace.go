package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// mostDebt is for how long a client is left waiting that sends too fast. One that sends so much more than it may is disconnected,
// rather than read so slowly that its heartbeats are late.
const mostDebt = 10 * time.Second

var errTooFast = core.NewCloseError(core.CloseOverloaded, "much more was sent than the bridge allows in a time")

// slow makes the reading goroutine wait if the client has sent faster than it may. An error ends the session.
func (l *line) slow(messages, bytes int) error {
	throttle := l.throttle()
	if throttle == nil || l.paid {
		return nil
	}
	return l.repay(throttle.Spend(messages, bytes, time.Now()), mostDebt)
}

// repay makes the reading goroutine wait for what the client owes. An error ends the session: it owes more than the most.
func (l *line) repay(owed, most time.Duration) error {
	switch {
	case owed <= 0:
		return nil
	case owed > most:
		l.registry.counters.Hit(limit.TooFast)
		return errTooFast
	}
	l.registry.counters.Hit(limit.Rate)
	l.rest(owed)
	return nil
}

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
	owed := s.opens.Spend(s.opened, 0, time.Now())
	s.opened = 0
	return l.repay(owed, mostOpensDebt)
}

// rest has the reading goroutine wait, unless the line ends: nothing more is read then anyway.
func (l *line) rest(wait time.Duration) {
	over := make(chan struct{})
	l.session.mu.Lock()
	ending := l.cause != nil
	l.resting = over
	l.session.mu.Unlock()
	if ending {
		return
	}
	due := time.NewTimer(wait)
	defer due.Stop()
	select {
	case <-over:
	case <-due.C:
	}
}

// rouse has a reading goroutine that rests see that the line ends. The lock is held.
func (l *line) rouse() {
	if l.resting != nil {
		close(l.resting)
		l.resting = nil
	}
}
