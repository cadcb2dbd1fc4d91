package zmq

import (
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// leaveAgain is how often a client that was asked to leave checks whether it can.
const leaveAgain = 50 * time.Millisecond

// leaving is how a client leaves a bridge that shuts down: when nothing is outstanding, and at a random moment within the
// time that the bridge gives, so that not all clients come to the next bridge at the same time. The lock of the Context
// guards it.
type leaving struct {
	timer  *time.Timer // nil: the bridge has not asked the client to leave
	latest time.Duration
	signal chan struct{} // tells the writer to end the connection; capacity 1
}

// drain handles the bridge's request to leave within some time.
func (c *Context) drain(e *client.Event) {
	within := time.Duration(min(e.Millis, uint64(time.Hour/time.Millisecond))) * time.Millisecond
	c.setStatus(Draining, &Error{Code: core.Unavailable, Text: string(e.Text), Remote: true})
	c.stay()
	c.leaving.latest = c.now() + within*9/10
	c.leaving.timer = time.AfterFunc(rand.N(within/2+1), c.leave)
}

// leave ends the connection if nothing is outstanding or if the time is over. The timer calls it.
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

// stay stops the leaving, because the connection is gone.
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
