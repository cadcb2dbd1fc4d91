package zmq

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Send sends a message on a socket of a type that sends unasked: PUSH, PUB, DEALER, ROUTER, PAIR. It queues up to
// Options.HWM messages, for want of a connection or because the bridge grants no more yet, and then waits. That it
// returned nil does not mean that anybody received anything.
//
// What becomes of a queued message is told later: where there is a stream of messages, in it, for PUSH and PUB by the next
// Send, which then sends nothing. A [GapError] says that messages may have been lost with a connection.
func (s *Socket) Send(ctx context.Context, parts ...[]byte) (err error) {
	waiting := s.ctx.await(ctx, &s.changed, func() bool {
		if why := s.unreachable(); why != nil {
			err = why
			return true
		}
		if err, s.unsent = s.unsent, nil; err != nil {
			return true
		}
		err = s.ctx.engine.Send(s.id, parts)
		s.sent = s.sent || err == nil
		return core.CodeOf(err) != core.Busy
	})
	if waiting != nil {
		return waiting
	}
	return err
}

// withRoom calls use under the lock as soon as not too much is queued for the connection.
func (s *Socket) withRoom(ctx context.Context, use func() error) (err error) {
	waiting := s.ctx.await(ctx, &s.ctx.room, func() bool {
		switch {
		case s.closed != nil:
			err = s.closed
		case s.ctx.engine.Queued() >= sendRoom:
			return false
		default:
			err = use()
		}
		return true
	})
	if waiting != nil {
		return waiting
	}
	return err
}
