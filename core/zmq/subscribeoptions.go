package zmq

import (
	"math"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// SubscribeOptions of one subscription; the zero value works. The bridge may allow less: a lower rate, and it refuses a
// policy that is not for this address.
type SubscribeOptions struct {
	// Overflow is what becomes of messages while the bridge's queue for them is full, because the socket does not consume
	// them as fast as they come. What is dropped stands in the stream as a GapError. Default: as the bridge says.
	Overflow Overflow

	// Rate is how many messages per second to receive at most: the last of each topic, in turns. What comes between is left
	// out, and counted by Socket.Conflated; a last value is never withheld. In whole milliseconds between two messages, at
	// most a day. Default: all.
	Rate float64
}

func (o SubscribeOptions) core() (core.SubscribeOptions, error) {
	if o.Rate < 0 || math.IsNaN(o.Rate) {
		return core.SubscribeOptions{}, core.NewError(core.Invalid, "a rate is a number of messages per second")
	}
	asked := core.SubscribeOptions{Overflow: o.Overflow}
	if o.Rate > 0 {
		asked.Interval = time.Duration(min(float64(time.Second)/o.Rate, math.MaxInt64/2)) // core knows what is too long
	}
	return asked, nil
}

// Conflated is how many messages the socket did not receive because its subscriptions asked for the last of each topic
// only, with [Conflate] or a rate.
func (s *Socket) Conflated() uint64 {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	return s.conflated
}
