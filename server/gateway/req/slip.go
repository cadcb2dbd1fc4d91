package req

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Slip is what is remembered of a request in a Bundle until it has ended: it takes no memory but its place among the pending ones.
type Slip struct {
	Number uint64        // the asker's own; each is higher than those before
	Began  time.Duration // when that was, on the asker's clock, of which the requester knows nothing
	Within uint32        // milliseconds in which it has to be answered
	Cost   uint32        // the asker's, to whom it is told again; below 64 Ki, or there is no room for it in a Bundle
}

// Asker is who makes requests in Bundles. The answers come to him like those of a Group, by their numbers.
type Asker interface {
	Group

	// Answer is called during a visit. The parts of the reply hold only during the call.
	Answer(s Slip, reply core.Message)

	// Fail is called for a request that has no reply, never with a lock held or during a visit. unsent is its message, if that was never
	// sent.
	Fail(s Slip, unsent core.Message, reason error)
}
