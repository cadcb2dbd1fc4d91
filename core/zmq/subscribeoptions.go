package zmq

import (
	"math"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// SubscribeOptions of one subscription; the zero value works. The bridge's rules may allow less: it lowers a rate, and
// refuses a policy that is not allowed at this address.
type SubscribeOptions struct {
	// Overflow says what becomes of messages while the bridge's queue for them is full, because the socket does not consume
	// them as fast as they come. Where messages were dropped, a GapError stands in the stream. Default: the bridge decides.
	Overflow Overflow

	// Rate is how many messages per second to receive at most. Of those that come in between, the last one of each topic is
	// delivered, and the topics take turns; the others are left out, and Socket.Conflated counts them. The last message of a
	// topic always arrives in the end. The time between two messages is rounded up to a whole millisecond, and is at most a
	// day. Default: no limit.
	Rate float64
}

func (o SubscribeOptions) core() (client.SubscribeOptions, error) {
	if o.Rate < 0 || math.IsNaN(o.Rate) {
		return client.SubscribeOptions{}, core.NewError(core.Invalid, "a rate is a number of messages per second")
	}
	asked := client.SubscribeOptions{Overflow: o.Overflow}
	if o.Rate > 0 {
		asked.Interval = time.Duration(min(float64(time.Second)/o.Rate, math.MaxInt64/2)) // core refuses what is too long
	}
	return asked, nil
}

// Conflated is how many messages the socket did not receive because its subscriptions asked for only the last message of each
// topic, with [Conflate] or a rate.
func (s *Socket) Conflated() uint64 {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	return s.conflated
}
