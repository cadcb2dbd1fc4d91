package req

import (
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Request is one request under way.
type Request struct {
	requester *Requester
	id        uint64
	envelope  [requestID]byte
	caller    Caller
	deadline  time.Time
	timed     bool // it is among the deadlines, and has not ended. The requester's lock guards it

	state   atomic.Uint32 // see below
	message core.Message  // until it is written or withdrawn
	abandon func(error)   // ends the connection it has to itself; nil: it shares one. Final once it is not pending
	reply   core.Message  // of a request that ended while it was being written
	err     error         // likewise
	unsent  atomic.Bool   // it ended before it was sent
}

// The states of a request. The writer moves it from queued to sent; whoever took it from the pending ones ends it. Its
// frames are the writer's while it writes, so a request that ends meanwhile is reported by the writer, afterwards.
const (
	requestQueued  uint32 = iota
	requestWriting        // the writer is reading message
	requestSent
	requestEnding // ended while the writer was at it; reply and err say how
	requestEnded
)

// Waits tells whether the request has yet to be sent.
func (r *Request) Waits() bool {
	state := r.state.Load()
	return state == requestQueued || state == requestWriting
}

// Unsent tells, of a request that was canceled, whether it was never sent.
func (r *Request) Unsent() bool { return r.unsent.Load() }

// Exclusive tells whether the request has a connection to itself, which ends when the request is canceled.
func (r *Request) Exclusive() bool {
	r.requester.mu.Lock()
	defer r.requester.mu.Unlock()
	return r.abandon != nil
}

// Cancel ends the request: Answer is called with Canceled, unless the request has ended already, and a late reply is
// dropped.
func (r *Request) Cancel() { r.withdraw(errCanceled) }

func (r *Request) withdraw(reason error) {
	if r.requester.take(r.id) != r {
		return
	}
	r.end(nil, reason, false)
	if r.abandon != nil {
		r.abandon(reason)
	}
}

// end reports the outcome; more and flush are those of Caller.Answer. It is called once, by whoever took the request from the
// pending ones.
func (r *Request) end(reply core.Message, err error, more bool) (flush bool) {
	for {
		state := r.state.Load()
		if state == requestWriting {
			r.err = err
			if reply != nil {
				r.reply = reply.Clone()
			}
			if r.state.CompareAndSwap(requestWriting, requestEnding) {
				return false
			}
			continue
		}
		if !r.state.CompareAndSwap(state, requestEnded) {
			continue // the writer has just begun
		}
		if state == requestQueued {
			r.message = nil // the writer will not look at it
			r.unsent.Store(true)
		}
		r.reply, r.err = nil, nil
		return r.report(reply, err, more)
	}
}

func (r *Request) report(reply core.Message, err error, more bool) (flush bool) {
	defer r.requester.running.Done()
	caller := r.caller
	r.caller = nil // the deadlines keep the request for a while, but not what is behind it
	return caller.Answer(reply, err, more)
}

// Write implements zmtp.Outgoing.
func (r *Request) Write(p *zmtp.Conn) error { return r.writeBehind(p, r.envelope[:], nil) }

// writeBehind writes the request with an envelope in front.
func (r *Request) writeBehind(p *zmtp.Conn, envelope ...[]byte) error {
	if !r.state.CompareAndSwap(requestQueued, requestWriting) {
		return nil // withdrawn
	}
	err := p.Send(envelope, r.message)
	r.message = nil
	if !r.state.CompareAndSwap(requestWriting, requestSent) {
		r.state.Store(requestEnded)
		r.report(r.reply, r.err, false)
		r.reply = nil
	}
	return err
}
