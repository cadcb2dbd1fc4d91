package req

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Request is one request under way. It belongs to whoever makes it, who may have it in a value of his own, and must not copy it.
// When Answer is called it may still be referred to. When AnswerTogether is called it is not, and its memory may be used again.
//
// With thousands of requests under way each is in no near cache any more when its turn comes, so what the writer and the reader look at
// stands together in the first 64 bytes.
type Request struct {
	requester *Requester
	id        uint64 // once it is pending
	caller    Caller
	state     atomic.Uint32 // see below
	unsent    atomic.Bool   // it ended before it was sent
	message   core.Message  // until it is written or withdrawn

	deadline time.Duration // on the clock of deadlines
	abandon  func(error)   // ends the connection it has to itself; nil: it shares one. Final once it is not pending
	outcome  *answer       // of a request that ended while it was being written
}

// The states of a request. The writer moves it from queued to sent; whoever took it from the pending ones ends it. Its
// frames are the writer's while it writes, so a request that ends meanwhile is reported by the writer, afterwards.
const (
	requestQueued  uint32 = iota
	requestWriting        // the writer is reading message
	requestSent
	requestEnding // ended while the writer was at it; outcome says how
	requestEnded
)

// answer is a reply, or why there is none.
type answer struct {
	reply core.Message
	err   error
}

// kept is the answer for later, when the bytes of the reply are gone.
func (a answer) kept() *answer {
	if a.reply != nil {
		a.reply = a.reply.Clone()
	}
	return &a
}

// Prepare makes r, which is new, a request that Start is going to make. The frames of m belong to the requester until it has
// ended, and must not be modified. The zero deadline means in 30 s. From now on the methods of r may be called; before Start
// Cancel does nothing.
func (q *Requester) Prepare(r *Request, m core.Message, deadline time.Time, caller Caller) {
	if deadline.IsZero() {
		deadline = time.Now().Add(defaultTimeout)
	}
	r.requester, r.message, r.deadline, r.caller = q, m, q.deadlines.when(deadline), caller
}

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
	if r.requester.takeBack(r) {
		r.drop(reason)
	}
}

// drop ends a request, which was taken from the pending ones, without a reply.
func (r *Request) drop(reason error) {
	r.end(answer{err: reason})
	if r.abandon != nil {
		r.abandon(reason)
	}
}

// end reports the outcome. It is called once, by whoever took the request from the pending ones.
func (r *Request) end(a answer) {
	if r.settle(a) {
		r.report(a)
	}
}

// settle is end for who reports the outcome himself, if it returns true. Otherwise the writer is going to.
func (r *Request) settle(a answer) bool {
	for kept := false; ; {
		state := r.state.Load()
		if state == requestWriting {
			r.outcome, kept = a.kept(), true
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
		if kept {
			r.outcome = nil
		}
		return true
	}
}

func (r *Request) report(a answer) {
	defer r.requester.running.Done()
	r.forgetCaller().Answer(a.reply, a.err)
}

// forgetCaller returns the caller, of whom the request keeps nothing, for the writer may still refer to it.
func (r *Request) forgetCaller() Caller {
	c := r.caller
	r.caller = nil
	return c
}

// Write implements zmtp.Outgoing.
func (r *Request) Write(p *zmtp.Conn) error {
	// Only the writer of the shared connection is here.
	q := r.requester
	binary.BigEndian.PutUint64(q.envelope[:], r.id)
	q.head[0] = q.envelope[:]
	return r.writeBehind(p, q.head[:])
}

// writeBehind writes the request with an envelope in front.
func (r *Request) writeBehind(p *zmtp.Conn, envelope [][]byte) error {
	if !r.state.CompareAndSwap(requestQueued, requestWriting) {
		return nil // withdrawn
	}
	err := p.Send(envelope, r.message)
	r.message = nil
	if !r.state.CompareAndSwap(requestWriting, requestSent) {
		r.state.Store(requestEnded)
		a := *r.outcome
		r.outcome = nil
		r.report(a)
	}
	return err
}
