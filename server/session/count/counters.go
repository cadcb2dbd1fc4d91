package count

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Counters is what sessions and their sockets count in; server.Stats says what the fields mean. Lingering is a gauge of
// sockets that are closed and still pass on what was sent.
type Counters struct {
	Connections, Lingering atomic.Int64

	ConnectionsTotal, Refused, Denied, ProtocolErrors         atomic.Uint64
	Requests, Messages, Replayed, Dropped, Conflated          atomic.Uint64
	Undelivered                                               atomic.Uint64 // of Dropped
	Renewed, Expired, Dismissed                               atomic.Uint64
	Resumed, ResumesRefused, SessionsExpired, SessionsDropped atomic.Uint64
	MovedOut, MovedIn, MovesFailed, MovedBytes                atomic.Uint64
	Withdrawn                                                 atomic.Uint64
	ClaimsRefused                                             atomic.Uint64
	Shed                                                      atomic.Uint64

	Gaps Gaps

	Limits [limit.Limits]atomic.Uint64 // how often each was hit

	DroppedBy [core.CloseSlow + 1]atomic.Uint64 // by core.Overflow
}

// Hit counts that a limit was hit.
func (c *Counters) Hit(l limit.Limit) { c.Limits[l].Add(1) }

// Undeliver counts messages of clients that reach no backend.
func (c *Counters) Undeliver(messages int) {
	c.Dropped.Add(uint64(messages))
	c.Undelivered.Add(uint64(messages))
}

// none is that nothing was dropped.
var none = outbox.Counts{}.Dropped

// Gaps counts what outbox.Gaps does, and those that are told past the outbox: of what a history lacks, and of what was sent to
// another socket of the same name.
type Gaps struct{ Dropped, Conflated, TooLarge, Unavailable, Source, Lost atomic.Uint64 }

func (g *Gaps) add(n outbox.Gaps) {
	if n == (outbox.Gaps{}) {
		return
	}
	g.Dropped.Add(n.Dropped)
	g.Conflated.Add(n.Conflated)
	g.TooLarge.Add(n.TooLarge)
	g.Unavailable.Add(n.Unavailable)
	g.Source.Add(n.Source)
}

// Add takes in what an outbox has counted.
func (c *Counters) Add(n outbox.Counts) {
	c.Gaps.add(n.Gaps)
	if n.Sent > 0 {
		c.Messages.Add(n.Sent)
	}
	if n.Conflated > 0 {
		c.Conflated.Add(n.Conflated)
	}
	if n.TooLarge > 0 {
		c.Dropped.Add(n.TooLarge)
	}
	if n.Dropped == none {
		return
	}
	for overflow, dropped := range n.Dropped {
		if dropped > 0 {
			c.Dropped.Add(dropped)
			c.DroppedBy[overflow].Add(dropped)
		}
	}
}
