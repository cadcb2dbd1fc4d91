package proxy

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// claims are the places that the endpoints of a socket have, or wait for.
//
// Whoever has one may be this client itself, on a connection whose death the bridge has yet to notice, or may be away and not
// come back. So a claim waits for as long as both take to find out.
type claims struct {
	socket *Socket

	// Guarded by the session's lock.
	all      []*claim // never modified in place; those that are over, too: a socket has few endpoints
	released bool
}

// claimGrace is how much longer a claim waits than a place is kept for somebody who is away.
const claimGrace = time.Second

// maxClaims is how many claims of one client wait.
const maxClaims = 16

// claim is an endpoint that has a place, or wants it. The lock of places guards what changes.
type claim struct {
	up    *upstream
	place place
	open  func() error

	stage    stage
	deadline time.Time   // when it gives up waiting
	timer    *time.Timer // then
	extended bool        // the deadline was put off already
}

type stage int

const (
	entering stage = iota
	waiting
	opening // it has the place, and is being opened
	leaving // the same, but its socket is closed already
	inPlace
	over
)

// make opens an endpoint: at once, or when it has its place. In between the client is told that another one has it.
func (c *claims) make(up *upstream, open func() error) error {
	p, exclusive := up.place()
	if !exclusive {
		return open()
	}
	mine := &claim{up: up, place: p, open: open}
	if err := c.add(mine); err != nil {
		return err
	}
	places := up.socket.places
	succeeds := false
	if owner := places.owner(p); owner != nil {
		if in, ok := mine.handle().Succeeds(owner.handle()); ok && in <= 0 {
			succeeds = true
		} else {
			up.Down(p.errTaken())
		}
	}
	granted, full := places.enter(mine, succeeds)
	switch {
	case full:
		mine.served()
		mine.handle().Counters().ClaimsRefused.Add(1)
		return core.NewError(core.Conflict, p.errTaken().Text+", and too many wait for it")
	case granted:
		mine.served()
		return mine.begin()
	}
	if owner := places.owner(p); owner != nil && owner != mine {
		places.look(owner, []*claim{mine})
	}
	return nil
}

// add notes a claim, which is counted as waiting until it is served.
func (c *claims) add(mine *claim) error {
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	if h.Usage().Claims >= maxClaims {
		h.Counters().ClaimsRefused.Add(1)
		return core.NewError(core.Conflict, mine.place.errTaken().Text+", and this connection waits for too much already")
	}
	h.Usage().Claims++
	c.all = append(slices.Clip(c.all), mine)
	return nil
}

// away is told that the client is away.
func (c *claims) away() {
	for _, mine := range c.list() {
		c.socket.places.away(mine)
	}
}

// end says that what is opened from now on is closed again. What there is has to be closed before release.
func (c *claims) end() {
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	c.released = true
}

// drop gives back the place of an endpoint that is open no more, or ends its waiting.
func (c *claims) drop(up *upstream) {
	for _, mine := range c.list() {
		if mine.up == up {
			c.socket.places.leave(mine)
		}
	}
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	c.all = slices.DeleteFunc(slices.Clone(c.all), func(mine *claim) bool { return mine.up == up })
}

// release gives all places back.
func (c *claims) release() {
	for _, mine := range c.list() {
		c.socket.places.leave(mine)
	}
}

func (c *claims) list() []*claim {
	h := c.socket.handle
	h.Lock()
	defer h.Unlock()
	return c.all
}

func (c *claim) handle() *session.Handle { return c.up.socket.handle }

// served takes a claim off the books of those that wait.
func (c *claim) served() {
	h := c.handle()
	h.Lock()
	defer h.Unlock()
	h.Usage().Claims--
}

// expire is run by the timer.
func (c *claim) expire() {
	if c.up.socket.places.lapse(c) {
		c.served()
		c.up.refuse(c.place.errTaken())
	}
}

// grant opens a claim, which has waited and has its place now. It is called by whoever had it before, and does not keep him.
func (c *claim) grant() {
	if c == nil {
		return
	}
	c.served()
	c.handle().Background(func() {
		if err := c.begin(); err != nil {
			c.up.refuse(asError(err))
		}
	})
}

// begin opens a claim that has its place.
func (c *claim) begin() error {
	err := c.open()
	c.up.socket.places.opened(c, err == nil)
	return err
}
