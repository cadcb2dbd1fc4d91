package pubsub

import (
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// value is one message on its way to a subscriber.
type value struct {
	message core.Message
	body    core.Body
	offset  uint64 // in the log; 0: it has none, or is a last value, which is no news
}

// catchUp keeps the messages of a subscriber in order while it is given last values by one goroutine and new messages by
// another: the new ones wait until the old ones are through. Without last values it costs a load.
type catchUp struct {
	running atomic.Int32 // goroutines that are at it

	waits func(bytes int) bool // see Waiter

	mu      sync.Mutex
	waiting []value // for no longer than it takes to hand over the last values, whose number is bounded
}

// Waiter is a Subscriber that answers for what waits for it while it is given last values. Waits is told how many bytes more
// are to wait, or how many fewer, and tells whether there is room. If there is none the message is dropped. It is called
// without a lock.
type Waiter interface{ Waits(bytes int) bool }

func newCatchUp(s Subscriber) *catchUp {
	if w, ok := s.(Waiter); ok {
		return &catchUp{waits: w.Waits}
	}
	return &catchUp{waits: func(int) bool { return true }}
}

// valuePlace is what a message costs that waits, besides itself.
const valuePlace = 64

func (v value) cost() int { return valuePlace + len(v.body) }

// begin makes new messages wait. It is called under the feed's lock, so that none is missed; run ends it.
func (c *catchUp) begin() { c.running.Add(1) }

// defers takes a new message if it has to wait.
func (c *catchUp) defers(v value) bool {
	if c.running.Load() == 0 {
		return false
	}
	if !c.waits(v.cost()) {
		return true
	}
	if c.enqueue(v) {
		return true
	}
	c.waits(-v.cost()) // all is through meanwhile
	return false
}

func (c *catchUp) enqueue(v value) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running.Load() == 0 {
		return false
	}
	c.waiting = append(c.waiting, v)
	return true
}

// run delivers last values, then what came meanwhile, until nothing waits. Without last values nothing was begun.
func (c *catchUp) run(last []value, deliver func(value)) {
	for waited := false; len(last) > 0; waited = true {
		for i, v := range last {
			deliver(v)
			if last[i] = (value{}); waited {
				c.waits(-v.cost())
			}
		}
		c.mu.Lock()
		last, c.waiting = c.waiting, nil
		if len(last) == 0 {
			c.running.Add(-1)
		}
		c.mu.Unlock()
	}
}
