package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Crowded tells whether one more WebSocket from a network address would be too many.
func (r *Registry) Crowded(remote string) bool {
	key := limit.Origin(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.origins.Full(key, r.limits().MaxPerIP)
}

var errCrowded = core.NewCloseError(core.CloseOverloaded, "too many connections of this user")

// belong counts the line as one of a user's, and what is held for it with what is held for that user. A client that goes on with its
// session may have left its last WebSocket without the bridge knowing, so it is not refused.
func (l *line) belong(user any, resumes bool) error {
	r := l.registry
	key := ""
	if limits := r.limits(); user != nil && (limits.MaxPerUser > 0 || limits.MemoryPerUser > 0) {
		key = r.host.UserKey(user)
	}
	if !l.placedFor(key, resumes) {
		r.counters.Hit(limit.PerUser)
		return errCrowded
	}
	l.holds = l.holder(key)
	l.cost.Lock()
	defer l.cost.Unlock()
	l.cost.account.Join(l.holds, l.cost.shedForUser)
	return nil
}

// placedFor is Registry.placed for a user.
func (l *line) placedFor(key string, resumes bool) bool {
	r := l.registry
	most := r.limits().MaxPerUser
	if most <= 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !resumes && r.users.Full(key, most) {
		return false
	}
	l.userKey = key
	r.users.Add(key)
	return true
}

// mostDebt is for how long a client is left waiting that sends too fast. One that sends so much more than it may is disconnected,
// rather than read so slowly that its heartbeats are late.
const mostDebt = 10 * time.Second

var errTooFast = core.NewCloseError(core.CloseOverloaded, "much more was sent than the bridge allows in a time")

// slow makes the reading goroutine wait if the client has sent faster than it may. An error ends the session.
func (l *line) slow(messages, bytes int) error {
	throttle := l.throttle()
	if throttle == nil {
		return nil
	}
	wait := throttle.Spend(messages, bytes, time.Now())
	switch {
	case wait <= 0:
		return nil
	case wait > mostDebt:
		l.registry.counters.Hit(limit.TooFast)
		return errTooFast
	}
	l.registry.counters.Hit(limit.Rate)
	l.rest(wait)
	return nil
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
