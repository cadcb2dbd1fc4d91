package zmq

import "context"

// Send sends a message on a socket of a type that sends unasked: PUSH, PUB, DEALER, ROUTER, PAIR. It waits while the
// connection takes no more. Without a connection the message is queued, up to Options.HWM of them; one more is a [Busy]
// error. That Send returned nil does not mean that anybody received anything.
func (s *Socket) Send(ctx context.Context, parts ...[]byte) error {
	return s.send(ctx, func() error { return s.ctx.engine.Send(s.id, parts) })
}

// send calls engine under the lock as soon as there is room.
func (s *Socket) send(ctx context.Context, engine func() error) (err error) {
	waiting := s.ctx.await(ctx, &s.ctx.room, func() bool {
		switch {
		case s.closed != nil:
			err = s.closed
		case s.ctx.engine.Queued() >= sendRoom:
			return false
		default:
			err = engine()
		}
		return true
	})
	if waiting != nil {
		return waiting
	}
	return err
}
