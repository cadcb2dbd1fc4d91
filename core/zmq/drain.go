package zmq

import (
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// leaveAgain is how often a client that was asked to leave looks whether it can.
const leaveAgain = 50 * time.Millisecond

// leaving is a client's farewell to a bridge that shuts down: at a moment of its own within the time it was given, so that
// not all clients come to the next bridge at once, and when nothing is outstanding. The lock of the Context guards it.
type leaving struct {
	timer  *time.Timer // nil: the bridge has not asked
	latest time.Duration
	signal chan struct{} // to the writer: leave; capacity 1
}

// drain begins to leave within a time.
func (c *Context) drain(e *core.Event) {
	within := time.Duration(min(e.Millis, uint64(time.Hour/time.Millisecond))) * time.Millisecond
	c.setStatus(Draining, &Error{Code: core.Unavailable, Text: string(e.Text), Remote: true})
	c.stay()
	c.leaving.latest = c.now() + within*9/10
	c.leaving.timer = time.AfterFunc(rand.N(within/2+1), c.leave)
}

// leave ends the connection if nothing is outstanding, or the time is over.
func (c *Context) leave() {
	c.mu.Lock()
	defer c.unlock()
	switch {
	case c.leaving.timer == nil:
	case !c.engine.Idle() && c.now() < c.leaving.latest:
		c.leaving.timer.Reset(leaveAgain)
	default:
		select {
		case c.leaving.signal <- struct{}{}:
		default:
		}
	}
}

// stay ends the leaving: the connection is gone.
func (c *Context) stay() {
	if c.leaving.timer != nil {
		c.leaving.timer.Stop()
		c.leaving.timer = nil
	}
	select {
	case <-c.leaving.signal:
	default:
	}
}
