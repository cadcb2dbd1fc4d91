package limit

import "time"

// Throttle is how fast a client may send. Who sends faster is to be read more slowly: the network makes the client wait. What one
// WebSocket message brings cannot be read in part, so it is paid for afterwards.
type Throttle struct {
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

// NewThrottle has the rates in units a second, of which 0 is no limit. It is nil where there is none at all.
func NewThrottle(messages, bytes float64, now time.Time) *Throttle {
	if messages <= 0 && bytes <= 0 {
		return nil
	}
	return &Throttle{bucket{perSecond: messages, at: now}, bucket{perSecond: bytes, at: now}}
}

// At is a throttle with these rates: this one, which may be nil, if it has them, or a new one from now on.
func (t *Throttle) At(messages, bytes float64) *Throttle {
	switch {
	case t == nil && messages <= 0 && bytes <= 0:
		return nil // without a look at the clock
	case t != nil && t.messages.perSecond == messages && t.bytes.perSecond == bytes:
		return t
	}
	return NewThrottle(messages, bytes, time.Now())
}

// MostOwed is for how long a client is left waiting that sends too fast. One that sends so much more than it may is disconnected,
// rather than read so slowly that its heartbeats are late.
const MostOwed = 10 * time.Second

// Spend is told what was read, and returns how long nothing more is to be read.
func (t *Throttle) Spend(messages, bytes int, now time.Time) (wait time.Duration) {
	return max(t.messages.spend(messages, now), t.bytes.spend(bytes, now))
}

func (b *bucket) spend(n int, now time.Time) (wait time.Duration) {
	if b.perSecond <= 0 {
		return 0
	}
	b.debt = max(b.debt-now.Sub(b.at).Seconds(), -atOnce.Seconds()) + float64(n)/b.perSecond
	b.at = now
	return time.Duration(max(0, b.debt) * float64(time.Second))
}
