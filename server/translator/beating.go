package translator

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// patience is how many beats in a row may pass without a sign of life.
const patience = 2

// The bridge's own heartbeat is answered by the engine, which is always there. Whether the client is, Pings of the WebSocket tell.

func (c *Conn) beginBeats() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.cfg.NoPings && !c.closed {
		c.beats = time.AfterFunc(c.cfg.Heartbeat, c.beat)
	}
}

// beat looks whether the client was heard, and asks it for the next sign of life. It runs in a goroutine of the timer.
func (c *Conn) beat() {
	heard := c.ws.Ponged()
	heard = c.heard.Swap(false) || heard || !c.listens.Load() // what is not read cannot be heard
	c.mu.Lock()
	c.quiet++
	if heard {
		c.quiet = 0
	}
	if c.quiet > patience {
		c.End(core.NewCloseError(core.CloseTimeout, "the client does not answer"))
	}
	over := c.closed || c.failure != nil || c.gone || c.cfg.NoPings
	c.mu.Unlock()
	if over {
		return
	}
	if err := c.ws.Ping(); err != nil {
		c.fail(err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.beats.Reset(c.cfg.Heartbeat)
	}
}

// stop ends the timers.
func (c *Conn) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.beats != nil {
		c.beats.Stop()
	}
	if c.leaving != nil {
		c.leaving.Stop()
	}
}
