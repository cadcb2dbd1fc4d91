package gateway

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/shipment"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

var errAnswered = core.NewError(core.Invalid, "the request has been answered already")

// Incoming is a request a backend made. It may be kept and answered at any time, or never.
type Incoming struct {
	Message core.Message // the request without its envelope; its parts are the server's to keep

	envelope core.Message  // ids and the empty frame: what has to precede the answer
	back     *zmtp.Queue   // towards the backend
	unsent   *atomic.Int64 // counts the answers of the gateway that have yet to be written
	limit    int
	passed   bool
	answer   atomic.Pointer[shipment.Shipment]
	answered atomic.Bool
}

// Pass refuses the request, for a server that is full: the next one is asked. To be called before the server's function
// returns, from the same goroutine; the request must not be answered then.
func (i *Incoming) Pass() { i.passed = true }

// Reply sends the answer. The frames of m must not be modified any more. It never blocks. The error is Lost when the
// backend has gone away, Busy when too much is queued towards it, TooLarge or Invalid for m, and Invalid when the request
// has been answered; after Busy, TooLarge and Invalid for m it may be tried again.
func (i *Incoming) Reply(m core.Message) error { return i.ReplyTold(m, nil) }

// ReplyTold is Reply for whoever wants to know when the answer is not held any more. gone is called once after a ReplyTold
// without an error, when the answer was written, or was dropped: perhaps before ReplyTold returns, never with a lock held.
func (i *Incoming) ReplyTold(m core.Message, gone func()) error {
	if err := core.CheckMessage(m, i.limit); err != nil {
		return err
	}
	if !i.answered.CompareAndSwap(false, true) {
		return errAnswered
	}
	i.unsent.Add(1)
	out := shipment.New(i.envelope, m, func() {
		i.unsent.Add(-1)
		if gone != nil {
			gone()
		}
	})
	if err := out.Push(i.back, int64(m.Size())); err != nil {
		i.unsent.Add(-1)
		i.answered.Store(err != zmtp.ErrQueueFull)
		return err
	}
	i.answer.Store(out)
	out.Left()
	return nil
}

// Withdraw drops the answer if it has not left.
func (i *Incoming) Withdraw() {
	if out := i.answer.Load(); out != nil {
		out.Drop()
	}
}

// Behind tells whether much waits for the backend already.
func (i *Incoming) Behind() bool { return shipment.Behind(i.back) }
