package limit

import "time"

// Throttle is how fast a client may send. Who sends faster is to be read more slowly: the network makes the client wait. What one
// WebSocket message brings cannot be read in part, so it is paid for afterwards.
type Throttle struct {
	messagesPerSecond, bytesPerSecond float64 // 0: there is no limit

	messages, bytes bucket
}

// bucket counts what may still be read at once, and fills with time. The zero value is full.
type bucket struct {
	paid time.Time // when all that was read has been paid for
}

// atOnce is the time whose worth may be read at once.
const atOnce = time.Second

// NewThrottle has the rates in units a second, of which 0 is no limit. It is nil where there is none at all.
func NewThrottle(messages, bytes float64, now time.Time) *Throttle {
	if messages <= 0 && bytes <= 0 {
		return nil
	}
	return &Throttle{messages, bytes, bucket{now}, bucket{now}}
}

// At is a throttle with these rates: this one, which may be nil, if it has them, or a new one from now on.
func (t *Throttle) At(messages, bytes float64) *Throttle {
	switch {
	case t == nil && messages <= 0 && bytes <= 0:
		return nil // without a look at the clock
	case t != nil && t.messagesPerSecond == messages && t.bytesPerSecond == bytes:
		return t
	}
	return NewThrottle(messages, bytes, time.Now())
}

// tooMuch is longer than anybody is left waiting.
const tooMuch = time.Hour

// MostOwed is for how long a client is left waiting that sends too fast. One that sends so much more than it may is disconnected,
// rather than read so slowly that its heartbeats are late.
const MostOwed = 10 * time.Second

// Spend is told what was read, and returns how long nothing more is to be read.
func (t *Throttle) Spend(messages, bytes int, now time.Time) (wait time.Duration) {
	return max(t.messages.spend(messages, t.messagesPerSecond, now), t.bytes.spend(bytes, t.bytesPerSecond, now))
}

func (b *bucket) spend(n int, perSecond float64, now time.Time) (wait time.Duration) {
	if perSecond <= 0 {
		return 0
	}
	if full := now.Add(-atOnce); b.paid.Before(full) {
		b.paid = full
	}
	cost := min(float64(n)/perSecond, tooMuch.Seconds()) // which a Duration can hold
	b.paid = b.paid.Add(time.Duration(cost * float64(time.Second)))
	return max(0, b.paid.Sub(now))
}
