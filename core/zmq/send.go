package zmq

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Send sends a message on a socket of a type that sends of its own accord: PUSH, PUB, DEALER, ROUTER, PAIR, XPUB, XSUB. While
// there is no connection, or no credit of the bridge, it queues the message. When Options.HWM messages are queued, Send
// waits. That it returns nil does not mean that anybody has received the message.
//
// What becomes of a queued message is told later. A socket that receives messages tells it in their stream. PUSH and PUB
// tell it by the next Send, which returns the error and sends nothing. A [GapError] says that messages may have been lost
// together with a session. Of a PUSH it says how many: those of which the bridge had not said that they have left. With
// SocketOptions.Idempotent they are sent again instead.
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

// withRoom calls use under the lock, as soon as less than sendRoom is queued for the connection.
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
