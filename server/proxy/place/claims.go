package place

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Claims are the places that the endpoints of a socket have, or wait for.
//
// Whoever has one may be this client itself, on a connection whose death the bridge has yet to notice, or may be away and not
// come back. So a claim waits for as long as both take to find out.
type Claims struct {
	ledger *Ledger
	handle *session.Handle

	// Guarded by the session's lock.
	all   []*claim // never modified in place; those that are over, too: a socket has few endpoints
	ended bool
}

// NewClaims are those of a socket that has none yet.
func NewClaims(l *Ledger, h *session.Handle) *Claims { return &Claims{ledger: l, handle: h} }

// maxClaims is how many claims of one client wait.
const maxClaims = 16

// Make opens an endpoint: at once, or when it has its place, and, if that is unique, when no other bridge has it. In between the claimant is told that another one has it.
func (c *Claims) Make(who Claimant, p Place, unique bool, open func() error) error {
	mine := &claim{ledger: c.ledger, handle: c.handle, who: who, place: p, unique: unique, open: open, left: make(chan struct{})}
	if err := c.add(mine); err != nil {
		return err
	}
	succeeds := false
	if owner := c.ledger.owner(p); owner != nil {
		if in, ok := mine.handle.Succeeds(owner.handle); ok && in <= 0 {
			succeeds = true
		} else {
			who.Down(p.errTaken())
		}
	}
	granted, full := c.ledger.enter(mine, succeeds)
	switch {
	case full:
		mine.served()
		mine.handle.Counters().ClaimsRefused.Add(1)
		return core.NewError(core.Conflict, p.errTaken().Text+", and too many wait for it")
	case granted:
		mine.served()
		if mine.asksElsewhere() {
			mine.inBackground()
			return nil
		}
		return mine.begin()
	}
	if owner := c.ledger.owner(p); owner != nil && owner != mine {
		c.ledger.look(owner, []*claim{mine})
	}
	return nil
}

// add notes a claim, which is counted as waiting until it is served.
func (c *Claims) add(mine *claim) error {
	h := c.handle
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

// Away is told that the client is away.
func (c *Claims) Away() {
	for _, mine := range c.list() {
		c.ledger.away(mine)
	}
}

// End says that what is opened from now on is closed again. What there is has to be closed before Release.
func (c *Claims) End() {
	h := c.handle
	h.Lock()
	defer h.Unlock()
	c.ended = true
}

// Ended tells whether End was called. The session's lock is held.
func (c *Claims) Ended() bool { return c.ended }

// Drop gives back the place of an endpoint that is open no more, or ends its waiting.
func (c *Claims) Drop(who Claimant) {
	for _, mine := range c.list() {
		if mine.who == who {
			c.ledger.leave(mine)
		}
	}
	h := c.handle
	h.Lock()
	defer h.Unlock()
	c.all = slices.DeleteFunc(slices.Clone(c.all), func(mine *claim) bool { return mine.who == who })
}

// Release gives all places back.
func (c *Claims) Release() {
	for _, mine := range c.list() {
		c.ledger.leave(mine)
	}
}

func (c *Claims) list() []*claim {
	h := c.handle
	h.Lock()
	defer h.Unlock()
	return c.all
}
