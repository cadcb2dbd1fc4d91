package zmq

import (
	"context"
	"fmt"
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// GapError stands in a stream of messages where some are missing. Its code says why: [Busy] means that the bridge had to
// drop them because they were not consumed fast enough, [Lost] that the session was lost and nobody knows how many are
// missing (of a PUSH it says how many may be), or that they never came from a publisher that counts, [Unavailable] that the backend was away, [TooLarge] that they were over a limit. The stream goes on after it.
// What a subscription asked to have left out is no error; see [Socket.Conflated].
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

// Unwrap gives an Error with the code, so that CodeOf works.
func (e *GapError) Unwrap() error { return &Error{Code: e.Code, Remote: true} }

// Subscribe makes a SUB socket receive the messages whose first part begins with prefix. Ready tells when that is so.
func (s *Socket) Subscribe(prefix string) error { return s.SubscribeWith(prefix, SubscribeOptions{}) }

// SubscribeWith is Subscribe with options. The options hold for messages for which no longer prefix of the socket matches.
func (s *Socket) SubscribeWith(prefix string, opts SubscribeOptions) error {
	asked, err := opts.core()
	if err != nil {
		return err
	}
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	return s.subscribe(prefix, asked)
}

// subscribe adds a subscription. The caller holds the lock.
func (s *Socket) subscribe(prefix string, opts client.SubscribeOptions) error {
	if s.closed != nil {
		return s.closed
	}
	id, err := s.ctx.engine.Subscribe(s.id, []byte(prefix), opts)
	if err != nil {
		return err
	}
	s.subscriptions[id] = &subscription{prefix: prefix, opts: opts}
	s.subscribed = true
	s.changed.Fire()
	return nil
}

// Unsubscribe takes back one Subscribe of the same prefix. A prefix that was subscribed twice has to be taken back twice.
func (s *Socket) Unsubscribe(prefix string) error {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	for id, sub := range s.subscriptions {
		if sub.prefix == prefix {
			delete(s.subscriptions, id)
			s.changed.Fire()
			return s.ctx.engine.Unsubscribe(s.id, id)
		}
	}
	return core.NewError(core.Invalid, fmt.Sprintf("there is no subscription %.80q", prefix))
}

// everything subscribes a SUB socket that has never subscribed to anything to all messages.
func (s *Socket) everything() error {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	if (s.typ != SUB && s.typ != XSUB) || s.subscribed {
		return nil
	}
	return s.subscribe("", client.SubscribeOptions{})
}

// Messages yields what the socket receives. When the body of the loop has run for a message, the bridge gets credit for
// another one. So a slow loop slows down nothing but itself: the bridge drops what the loop is too slow for, and reports it.
//
// As always in ZeroMQ, a SUB socket that has subscribed to nothing receives nothing.
//
// Errors come in the stream, at the place where they happened. After a [GapError], or after the refusal of one of several
// addresses or subscriptions, the loop goes on. It ends when nothing more can come: when ctx ends, when the socket or its
// Context is closed, or when every address was refused. The last error that it yields says which of these it was. Leaving
// the loop ends nothing: another loop goes on where this one stopped, and several loops at a time share the messages.
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

// next waits for the next delivery in the inbox. last says that nothing more will come after it.
func (s *Socket) next(ctx context.Context) (d delivery, last bool) {
	err := s.ctx.await(ctx, &s.changed, func() bool { return s.take(&d, &last) })
	if err != nil {
		return delivery{err: err}, true
	}
	return d, last
}

// take takes the next delivery out of the inbox, or the error behind which nothing more will come. It returns false if there is
// neither yet. The caller holds the lock.
func (s *Socket) take(d *delivery, last *bool) (ok bool) {
	if *d, ok = s.inbox.pop(); ok {
		return true
	}
	if why := s.unreachable(); why != nil {
		d.err, *last = why, true
	}
	return *last
}

// receive puts a delivery into the inbox. A message for which there is no room counts as consumed.
func (s *Socket) receive(d delivery) {
	if !s.inbox.push(d) {
		s.grant(d)
	}
}

// report puts an error into the stream of the socket, unless the stream has ended. A socket that only sends has no stream,
// so its next Send returns the error, if messages may have been lost.
func (s *Socket) report(err error) {
	switch {
	case s.unreachable() != nil:
	case s.typ.Receives() || s.typ == REP:
		s.inbox.push(delivery{err: err})
	case s.sent:
		s.unsent, s.sent = err, false
	}
}

// reportGap tells the application of a gap: as report does, but where the next Send tells it, that tells of all gaps since the last.
func (s *Socket) reportGap(gap *GapError) {
	before, two := s.unsent.(*GapError)
	if s.typ.Receives() || s.unreachable() != nil {
		s.report(gap)
		return
	}
	if two {
		gap = before.and(gap)
	}
	s.unsent = gap
}

// and is both gaps as one.
func (e *GapError) and(other *GapError) *GapError {
	if e.Missed == 0 || other.Missed == 0 {
		return &GapError{Code: other.Code}
	}
	return &GapError{Missed: e.Missed + other.Missed, Code: other.Code}
}

// consumed notes that the application is done with a delivery.
func (s *Socket) consumed(d delivery) {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	s.grant(d)
}

// grant gives the bridge credit again for a message that was consumed.
func (s *Socket) grant(d delivery) {
	if d.msg != nil && d.request == 0 {
		s.ctx.engine.Consumed(s.id, 1, d.size)
	}
}
