package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Limits are what of a Config may be changed while a Registry runs.
type Limits struct {
	MaxConnections int
	MaxPerIP       int // 0: no limit, as for the three below, and MemoryPerUser
	MaxPerUser     int
	MessageRate    float64
	ByteRate       float64
	MaxSockets     int
	MaxMessage     int
	MaxQueued      int
	Memory         int
	MemoryPerUser  int
	NoResume       bool
	Retain         time.Duration
}

// Limit sets other limits. Those of memory and of rates are for everybody who is there, those of numbers for what comes from now
// on. How large messages may be, and how long a session is kept, a session was told in Welcome, and keeps. Users are counted only as long as their number is limited.
func (r *Registry) Limit(l Limits) {
	r.limited.Store(&l)
	r.memory.Limit(l.Memory, l.MemoryPerUser)
}

// limits are the present ones.
func (r *Registry) limits() *Limits { return r.limited.Load() }

// throttle is how fast the client may send by the limits of now. It is for the goroutine that reads.
func (l *line) throttle() *limit.Throttle {
	if now := l.registry.limits(); l.throttled.by != now {
		before := l.throttled.by
		l.throttled.by = now
		if before == nil || before.MessageRate != now.MessageRate || before.ByteRate != now.ByteRate {
			l.throttled.to = limit.NewThrottle(now.MessageRate, now.ByteRate, time.Now())
		}
	}
	return l.throttled.to
}

// throttled is how fast a client may send, and by which limits.
type throttled struct {
	by *Limits
	to *limit.Throttle // nil: there is no limit
}
