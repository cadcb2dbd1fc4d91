package pubsub

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// catchUp keeps the messages of a subscriber in order while it is given last values by one goroutine and new messages by
// another: the new ones wait until the old ones are through. Without last values it costs a load.
type catchUp struct {
	running atomic.Int32 // goroutines that are at it

	waits func(bytes, messages int) bool // see Waiter

	mu      sync.Mutex
	waiting []burst.Part // for no longer than it takes to hand over the last values, whose number is bounded
}

// Waiter is a Subscriber that answers for what waits for it while it is given last values. Waits is told how many bytes and
// messages more are to wait, or how many fewer, and tells whether there is room. If there is none the messages are dropped. It
// is called without a lock.
type Waiter interface {
	Waits(bytes, messages int) bool
}

// forSubscriber is called once, before anything else.
func (c *catchUp) forSubscriber(s Subscriber) {
	c.waits = func(int, int) bool { return true }
	if w, ok := s.(Waiter); ok {
		c.waits = w.Waits
	}
}

// What waits costs more than its frames.
const (
	partPlace  = 64
	rangePlace = 16
)

// cost is what it takes to have a part wait: all of the burst, where it keeps that in memory for the little it is.
func cost(p burst.Part) int {
	size := p.Framed()
	if p.Pins() {
		size = p.Bytes()
	}
	return partPlace + len(p.Ranges)*rangePlace + size
}

// begin makes new messages wait. It is called under the feed's lock, so that none is missed; run ends it.
func (c *catchUp) begin() { c.running.Add(1) }

// defers takes new messages if they have to wait.
func (c *catchUp) defers(p burst.Part) bool {
	if c.running.Load() == 0 {
		return false
	}
	bytes, messages := cost(p), p.Count()
	if !c.waits(bytes, messages) {
		return true
	}
	if c.enqueue(p) {
		return true
	}
	c.waits(-bytes, -messages) // all is through meanwhile
	return false
}

func (c *catchUp) enqueue(p burst.Part) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running.Load() == 0 {
		return false
	}
	p.Ranges, p.Round = slices.Clone(p.Ranges), nil
	c.waiting = append(c.waiting, p)
	return true
}

// run delivers last values, then what came meanwhile, until nothing waits. Without last values nothing was begun.
func (c *catchUp) run(last []topic.Value, deliver func(burst.Part)) {
	if len(last) == 0 {
		return
	}
	handOver(last, deliver)
	for next := c.next(); len(next) > 0; next = c.next() {
		for i, p := range next {
			deliver(p)
			next[i] = burst.Part{}
			c.waits(-cost(p), -p.Count())
		}
	}
}

// next takes what waits. When that is nothing, it is over.
func (c *catchUp) next() []burst.Part {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.waiting
	c.waiting = nil
	if len(next) == 0 {
		c.running.Add(-1)
	}
	return next
}

// handOver delivers last values, one burst after the other: all of them together would be a copy of all that is kept.
func handOver(last []topic.Value, deliver func(burst.Part)) {
	var builder burst.Builder
	var m core.Message
	for i, v := range last {
		m, _ = core.Body(v).Parts(m[:0]) // it was encoded here
		if !builder.Fits(len(v), 0) {
			deliver(builder.Take().Whole())
		}
		builder.Add(m, 0, 0)
		last[i] = nil
	}
	deliver(builder.Take().Whole())
}
