package req

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Caller is who makes a request.
type Caller interface {
	// Answer is called exactly once, never with a lock held, and must not block. The parts of the reply hold only during the
	// call. If more is set, other answers may have come together with this one; when Answer returns true, Flush is called
	// after the last of them, by the same goroutine.
	Answer(reply core.Message, err error, more bool) (flush bool)

	// Flush must not block.
	Flush()
}

// Func is a Caller that keeps the reply.
type Func func(reply core.Message, err error)

// Answer implements Caller.
func (f Func) Answer(reply core.Message, err error, _ bool) (flush bool) {
	if reply != nil {
		reply = reply.Clone()
	}
	f(reply, err)
	return false
}

// Flush implements Caller.
func (f Func) Flush() {}
