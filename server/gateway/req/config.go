package req

import (
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
)

// Config says how requests are made. All of it has to be set.
type Config struct {
	Links       *link.Config  // of every connection
	MaxPending  int           // requests outstanding, queued or awaiting their reply
	MaxLockstep int           // requests made side by side at a ROUTER, each over a connection of its own
	MaxWaiting  int           // of requests at a ROUTER, those that have waited for more than a second, besides
	IdleClose   time.Duration // a connection for one request at a time is closed when it was not used for so long
}

// Counters is what requesters count, all those together that share it.
type Counters struct {
	Pending   atomic.Int64  // gauge: requests without an outcome yet
	Late      atomic.Uint64 // replies to requests that had ended, or were never made
	Malformed atomic.Uint64 // messages that are no replies: without the envelope, or unasked
}
