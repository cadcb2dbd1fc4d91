package pubsub

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// catchUp keeps the messages of a subscriber in order while it is given last values by one goroutine and new messages by
// another: the new ones wait until the old ones are through. Without last values it costs a load.
type catchUp struct {
	running atomic.Int32 // goroutines that are at it

	mu      sync.Mutex
	waiting []burst.Part // for no longer than it takes to hand over the last values, whose number is bounded
}

// begin makes new messages wait. It is called under the feed's lock, so that none is missed; run ends it.
func (c *catchUp) begin() { c.running.Add(1) }

// defers takes new messages if they have to wait.
func (c *catchUp) defers(p burst.Part) bool {
	if c.running.Load() == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running.Load() == 0 {
		return false
	}
	p.Ranges = slices.Clone(p.Ranges)
	c.waiting = append(c.waiting, p)
	return true
}

// run delivers last values, then what came meanwhile, until nothing waits. Without last values nothing was begun.
func (c *catchUp) run(next []burst.Part, deliver func(burst.Part)) {
	for len(next) > 0 {
		for _, p := range next {
			deliver(p)
		}
		c.mu.Lock()
		next, c.waiting = c.waiting, nil
		if len(next) == 0 {
			c.running.Add(-1)
		}
		c.mu.Unlock()
	}
}
