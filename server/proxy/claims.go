package proxy

import (
	"time"
)

// claims are the endpoints of a socket that wait for what only one socket can have: an identity at which pages answer, or
// an address at which they listen with a type that cannot be shared.
//
// Whoever has it may be this client itself, on a connection whose death the bridge has yet to notice. That takes two
// heartbeats at most, and so long a claim is repeated. The session's lock guards all of it.
type claims struct {
	socket   *Socket
	timers   map[*upstream]*time.Timer
	released bool
}

// claimRetry is how soon something that is taken is asked for again.
const claimRetry = 500 * time.Millisecond

// make opens an endpoint. While somebody else has it, as taken tells of the error, that is reported as the endpoint's
// state, and open is tried again in a while, until the deadline.
func (c *claims) make(up *upstream, taken func(error) bool, open func() error) error {
	return c.until(up, taken, open, time.Now().Add(2*c.socket.cfg.Heartbeat+claimRetry))
}

func (c *claims) until(up *upstream, taken func(error) bool, open func() error, deadline time.Time) error {
	err := open()
	if err == nil || !taken(err) {
		return err
	}
	c.socket.handle.TakeOver(up.claim())
	if !time.Now().Before(deadline) {
		return err
	}
	if c.later(up, func() error { return c.until(up, taken, open, deadline) }) {
		up.Down(err)
	}
	return nil
}

// later tries again in a while, and tells whether the socket is still open.
func (c *claims) later(up *upstream, again func() error) bool {
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	if c.released || up.gone {
		return false
	}
	c.timers[up] = time.AfterFunc(claimRetry, func() {
		if !c.forget(up) {
			return
		}
		if err := again(); err != nil {
			up.refuse(asError(err))
		}
	})
	return true
}

// forget takes a timer that has fired off the books, and tells whether the socket is still open.
func (c *claims) forget(up *upstream) bool {
	c.socket.handle.Lock()
	defer c.socket.handle.Unlock()
	delete(c.timers, up)
	return !c.released && !up.gone
}

// drop ends the waiting of an endpoint that was disconnected.
func (c *claims) drop(up *upstream) {
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	if timer := c.timers[up]; timer != nil {
		timer.Stop()
		delete(c.timers, up)
	}
}

// release ends the waiting.
func (c *claims) release() {
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	c.released = true
	for _, timer := range c.timers {
		timer.Stop()
	}
	clear(c.timers)
}
