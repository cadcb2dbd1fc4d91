package zmq

import (
	"context"
	"fmt"
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// GapError stands in a stream of messages where some are missing: the bridge had to drop them because they were not
// consumed fast enough ([Busy]), or the connection was lost and nobody knows how many ([Lost]). The stream goes on. What
// a subscription asked to have left out is no error, see [Socket.Conflated].
type GapError struct {
	Missed uint64 // 0: unknown
	Code   Code
}

func (e *GapError) Error() string {
	if e.Missed == 0 {
		return e.Code.String() + ": messages may be missing here"
	}
	return fmt.Sprintf("%s: %d messages are missing here", e.Code, e.Missed)
}

// Unwrap gives the coded error, for CodeOf.
func (e *GapError) Unwrap() error { return &Error{Code: e.Code, Remote: true} }

// Subscribe makes a SUB socket receive the messages whose first part begins with prefix. Ready tells when that is so.
func (s *Socket) Subscribe(prefix string) error { return s.SubscribeWith(prefix, SubscribeOptions{}) }

// SubscribeWith is Subscribe with options. They decide about the messages for which prefix is the longest of the socket's.
func (s *Socket) SubscribeWith(prefix string, opts SubscribeOptions) error {
	asked, err := opts.core()
	if err != nil {
		return err
	}
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	return s.subscribe(prefix, asked)
}

// subscribe needs the lock.
func (s *Socket) subscribe(prefix string, opts core.SubscribeOptions) error {
	if s.closed != nil {
		return s.closed
	}
	id, err := s.ctx.engine.Subscribe(s.id, []byte(prefix), opts)
	if err != nil {
		return err
	}
	s.subscriptions[id] = &subscription{prefix: prefix, opts: opts}
	s.subscribed = true
	s.changed.fire()
	return nil
}

// Unsubscribe takes back one Subscribe of the same prefix.
func (s *Socket) Unsubscribe(prefix string) error {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	for id, sub := range s.subscriptions {
		if sub.prefix == prefix {
			delete(s.subscriptions, id)
			s.changed.fire()
			return s.ctx.engine.Unsubscribe(s.id, id)
		}
	}
	return core.NewError(core.Invalid, fmt.Sprintf("there is no subscription %.80q", prefix))
}

// everything subscribes a SUB socket that never subscribed to anything to everything. It needs the lock.
func (s *Socket) everything() error {
	if (s.typ != SUB && s.typ != XSUB) || s.subscribed {
		return nil
	}
	return s.subscribe("", core.SubscribeOptions{})
}

// Messages yields what the socket receives. The bridge is granted room for another message when the body of the loop
// has run, so a slow loop slows nothing down but itself: what it misses the bridge drops, and says so.
//
// A SUB socket that never subscribed to anything receives everything.
//
// Errors come in the stream, where they happened. After a [GapError], or the refusal of one of several addresses or
// subscriptions, the loop goes on. It ends when nothing more can come: when ctx ends, the socket or its Context is
// closed, or no address is left that was not refused, with that as its last error. Leaving the loop ends nothing:
// another one continues where it stopped, and several at a time share the messages.
func (s *Socket) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			d, last := s.nextMessage(ctx)
			more := yield(d.msg, d.err)
			s.consumed(d)
			if last || !more {
				return
			}
		}
	}
}

// Recv returns the next message, or the next error of the stream that Messages describes.
func (s *Socket) Recv(ctx context.Context) (Message, error) {
	d, _ := s.nextMessage(ctx)
	s.consumed(d)
	return d.msg, d.err
}

func (s *Socket) nextMessage(ctx context.Context) (d delivery, last bool) {
	if !s.typ.Receives() {
		return delivery{err: core.NewError(core.Invalid, "a "+s.typ.String()+" socket does not receive messages")}, true
	}
	return s.next(ctx)
}

// next waits for what is next in the inbox. After the last there is nothing to come.
func (s *Socket) next(ctx context.Context) (d delivery, last bool) {
	err := s.ctx.await(ctx, &s.changed, func() bool {
		if d.err = s.everything(); d.err != nil {
			last = true
			return true
		}
		var ok bool
		if d, ok = s.inbox.pop(); ok {
			return true
		}
		if why := s.unreachable(); why != nil {
			d.err, last = why, true
		}
		return last
	})
	if err != nil {
		return delivery{err: err}, true
	}
	return d, last
}

// receive puts a delivery into the inbox. A message that finds no room is done with.
func (s *Socket) receive(d delivery) {
	if !s.inbox.push(d) {
		s.grant(d)
	}
}

// report puts an error into the stream of the socket, unless that has ended. One that only sends has none: its next Send
// tells, if there is anything to tell.
func (s *Socket) report(err error) {
	switch {
	case s.unreachable() != nil:
	case s.typ.Receives() || s.typ == REP:
		s.inbox.push(delivery{err: err})
	case s.sent:
		s.unsent, s.sent = err, false
	}
}

// consumed tells that the application is done with a delivery.
func (s *Socket) consumed(d delivery) {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	s.grant(d)
}

// grant gives the bridge the room back that a message took.
func (s *Socket) grant(d delivery) {
	if d.msg != nil && d.request == 0 {
		s.ctx.engine.Consumed(s.id, 1, d.size)
	}
}
