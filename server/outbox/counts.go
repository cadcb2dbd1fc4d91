package outbox

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Counts is what has become of messages.
type Counts struct {
	Sent      uint64                     // handed to the Sink
	TooLarge  uint64                     // larger than the client takes
	Conflated uint64                     // replaced by a newer message of their topic
	Dropped   [core.CloseSlow + 1]uint64 // for want of room, by the policy of their lane
}

// TakeCounts returns what was counted since it was called last.
func (o *Outbox) TakeCounts() Counts {
	c := o.counts
	o.counts = Counts{}
	return c
}
