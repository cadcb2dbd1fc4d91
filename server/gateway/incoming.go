package gateway

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

var errAnswered = core.NewError(core.Invalid, "the request has been answered already")

// Incoming is a request a backend made. It may be kept and answered at any time, or never.
type Incoming struct {
	Message core.Message // the request without its envelope; its parts are the server's to keep

	envelope core.Message // ids and the empty frame: what has to precede the answer
	back     *zmtp.Queue  // towards the backend
	limit    int
	passed   bool
	answered atomic.Bool
}

// Pass refuses the request, for a server that is full: the next one is asked. To be called before the server's function
// returns, from the same goroutine; the request must not be answered then.
func (i *Incoming) Pass() { i.passed = true }

// Reply sends the answer. The frames of m must not be modified any more. It never blocks. The error is Lost when the
// backend has gone away, Busy when too much is queued towards it, TooLarge or Invalid for m, and Invalid when the request
// has been answered; after Busy, TooLarge and Invalid for m it may be tried again.
func (i *Incoming) Reply(m core.Message) error {
	if err := core.CheckMessage(m, i.limit); err != nil {
		return err
	}
	if !i.answered.CompareAndSwap(false, true) {
		return errAnswered
	}
	err := i.back.Push(&answer{i.envelope, m}, int64(m.Size()))
	if err == zmtp.ErrQueueFull {
		i.answered.Store(false)
	}
	return err
}

// answer is a reply on its way.
type answer struct {
	envelope, message core.Message
}

// Write implements zmtp.Outgoing.
func (a *answer) Write(p *zmtp.Conn) error { return p.Send(a.envelope, a.message) }
