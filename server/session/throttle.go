package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// throttle is how fast a client may send. Who sends faster is read more slowly: the network makes the client wait. What one
// WebSocket message brings cannot be read in part, so it is paid for afterwards. It is of the line's reading goroutine.
type throttle struct {
	messages, bytes bucket
}

// bucket counts what may still be read at once, and fills with time.
type bucket struct {
	perSecond float64 // 0: there is no limit
	debt      float64 // what was read too early, in seconds
	at        time.Time
}

// atOnce is the time whose worth may be read at once.
const atOnce = time.Second

// mostDebt is for how long a client is left waiting. One that sends so much more than it may is disconnected, rather than read
// so slowly that its heartbeats are late.
const mostDebt = 10 * time.Second

var errTooFast = core.NewCloseError(core.CloseOverloaded, "much more was sent than the bridge allows in a time")

// newThrottle is nil where there is no limit.
func newThrottle(cfg *Config) *throttle {
	if cfg.MessageRate <= 0 && cfg.ByteRate <= 0 {
		return nil
	}
	now := time.Now()
	return &throttle{bucket{perSecond: cfg.MessageRate, at: now}, bucket{perSecond: cfg.ByteRate, at: now}}
}

// spend is told what was read, and returns how long nothing more is to be read.
func (b *bucket) spend(n int, now time.Time) (wait time.Duration) {
	if b.perSecond <= 0 {
		return 0
	}
	b.debt = max(b.debt-now.Sub(b.at).Seconds(), -atOnce.Seconds()) + float64(n)/b.perSecond
	b.at = now
	return time.Duration(max(0, b.debt) * float64(time.Second))
}

// slow makes the reading goroutine wait if the client has sent faster than it may. An error ends the session.
func (l *line) slow(messages, bytes int) error {
	t := l.throttle
	if t == nil {
		return nil
	}
	now := time.Now()
	wait := max(t.messages.spend(messages, now), t.bytes.spend(bytes, now))
	switch {
	case wait <= 0:
		return nil
	case wait > mostDebt:
		l.registry.counters.TooFast.Add(1)
		l.registry.counters.Hit(LimitTooFast)
		return errTooFast
	}
	l.registry.counters.Throttled.Add(1)
	l.registry.counters.Hit(LimitRate)
	due := time.NewTimer(wait)
	defer due.Stop()
	select {
	case <-l.ctx.Done(): // nothing more is read anyway
	case <-due.C:
	}
	return nil
}
