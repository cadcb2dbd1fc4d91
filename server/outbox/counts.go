package outbox

import (
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Counts is what has become of messages.
type Counts struct {
	Sent      uint64 // handed to the Sink
	TooLarge  uint64 // larger than the client takes
	Conflated uint64 // replaced by a newer message of their topic
	Gaps      Gaps
	Dropped   [core.CloseSlow + 1]uint64 // for want of room, by the policy of their lane
}

// Gaps is how many gaps clients were told of, by what is missing there.
type Gaps struct {
	Dropped     uint64 // what there was no room for
	Conflated   uint64 // what a newer message has replaced
	TooLarge    uint64
	Unavailable uint64 // nobody knows: the backend was away
	Source      uint64 // what never came, as the publisher's own count says
}

func (g *Gaps) add(why core.Code) {
	switch why {
	case core.OK:
		g.Conflated++
	case core.TooLarge:
		g.TooLarge++
	case core.Unavailable:
		g.Unavailable++
	case core.Lost:
		g.Source++
	default:
		g.Dropped++
	}
}

// count is where to count something.
func (o *Outbox) count() *Counts {
	if o.counts == nil {
		o.counts = countings.Get().(*Counts)
	}
	return o.counts
}

// countings are mostly needed for a moment only.
var countings = sync.Pool{New: func() any { return new(Counts) }}

// TakeCounts returns what was counted since it was called last.
func (o *Outbox) TakeCounts() Counts {
	if o.counts == nil {
		return Counts{}
	}
	c := *o.counts
	*o.counts = Counts{}
	countings.Put(o.counts)
	o.counts = nil
	return c
}
