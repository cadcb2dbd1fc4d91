package place

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// claim is an endpoint that has a place, or wants it. The Ledger's lock guards what changes.
type claim struct {
	ledger *Ledger
	handle *session.Handle
	who    Claimant
	place  Place
	unique bool // among all bridges
	open   func() error

	stage    stage
	deadline time.Time     // when it gives up waiting
	timer    *time.Timer   // then
	extended bool          // the deadline was put off already
	left     chan struct{} // closed when its socket is closed, or the endpoint, before it is open
	tried    bool          // the owner was made to give up the place already
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

// served takes a claim off the books of those that wait.
func (c *claim) served() {
	h := c.handle
	h.Lock()
	defer h.Unlock()
	h.Usage().Claims--
}

// expire is run by the timer.
func (c *claim) expire() {
	if !c.ledger.lastLook(c) && c.ledger.lapse(c) {
		c.served()
		c.who.Refuse(c.place.errTaken())
	}
}

// grant opens a claim, which has waited and has its place now. It is called by whoever had it before, and does not keep him.
func (c *claim) grant() {
	c.served()
	c.inBackground()
}

// inBackground opens a claim that has its place beside the goroutine that reads.
func (c *claim) inBackground() {
	c.handle.Background(func() {
		if err := c.begin(); err != nil {
			c.who.Refuse(err)
		}
	})
}

// begin opens a claim that has its place.
func (c *claim) begin() error {
	err := c.hold()
	if err == nil {
		err = c.open()
	}
	c.ledger.opened(c, err == nil)
	return err
}
