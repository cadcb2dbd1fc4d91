package req

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Caller is who makes a request.
type Caller interface {
	// Answer is called exactly once, never with a lock held, and must not block. The parts of the reply hold only during the
	// call.
	Answer(reply core.Message, err error)

	// Group is whom the answer is for, so that those that come together are handed over together; nil: nobody who would be
	// better off. If there is one, AnswerTogether may be called instead of Answer, during a visit.
	Group() Group
	AnswerTogether(reply core.Message)
}

// Group is who gets the answers of many Callers. No lock is held when it is called, and it must not block.
type Group interface {
	// Begin begins a visit, about now: AnswerTogether is called for some Callers of the group, then End, by the same goroutine. When End
	// returns true, Flush is called after other groups may have been visited, too, by the same goroutine.
	Begin(now time.Time)
	End() (flush bool)
	Flush()
}

// Func is a Caller that keeps the reply.
type Func func(reply core.Message, err error)

// Answer implements Caller.
func (f Func) Answer(reply core.Message, err error) {
	if reply != nil {
		reply = reply.Clone()
	}
	f(reply, err)
}

// Group implements Caller.
func (f Func) Group() Group { return nil }

// AnswerTogether implements Caller.
func (f Func) AnswerTogether(reply core.Message) { f.Answer(reply, nil) }
