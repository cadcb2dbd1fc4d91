package pubsub

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

const (
	// syncChunk is how many subscriptions go out before the publisher has to confirm them. libzmq queues at most its HWM
	// of them, 1000 by default, for its application's thread (libzmq#4064).
	syncChunk = 500

	// provenGrace is how long after the last PONG a subscription counts as live. The PONG comes from libzmq's I/O thread;
	// the subscription is applied by the application's own thread, which looks for such news at most every 3 ms.
	provenGrace = 5 * time.Millisecond

	// unprovenGrace is the same for a publisher that knows no PING: from the write on, so the way there is in it.
	unprovenGrace = 50 * time.Millisecond

	// syncTimeout is how long a publisher may take to confirm a chunk. While an application that is busy elsewhere
	// leaves more than its HWM of subscriptions unapplied, libzmq does not read, and PINGs go unanswered. A host that
	// dies meanwhile is noticed by the kernel.
	syncTimeout = 10 * time.Minute

	// unappliedLimit is how many subscriptions libzmq surely takes without help from its application.
	unappliedLimit = 900
)

// synchronizer brings a publisher's subscriptions in line with those a feed wants, as long as one connection
// lives. What it sends is state, not a queue of changes: a prefix that comes and goes between two chunks is never sent.
type synchronizer struct {
	feed      *Feed
	publisher int
	conn      *zmtp.Conn
	changed   <-chan struct{} // holds a token when there is more to be sent
	round     uint64          // number of the last chunk; its PING carries it

	current atomic.Pointer[chunk] // awaiting its confirmation; nil: none does
	sent    atomic.Int64          // subscriptions sent so far
}

// run sends chunk after chunk until ctx ends or the publisher does not confirm.
func (s *synchronizer) run(ctx context.Context) error {
	for {
		changes := s.feed.nextChanges(s.publisher)
		if len(changes) == 0 {
			s.settle(nil) // a prefix that somebody waited for may have gone
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-s.changed:
			}
			continue
		}
		if err := s.apply(ctx, changes); err != nil {
			return err
		}
		s.settle(changes)
	}
}

// settle tells those who wait for what changes, which are proven to be applied, have asked for.
func (s *synchronizer) settle(changes []topic.Change) {
	for _, live := range s.feed.settle(s.publisher, changes) {
		live()
	}
}

// apply sends changes and returns when they are proven to be applied, as far as the publisher lets them be proven.
func (s *synchronizer) apply(ctx context.Context, changes []topic.Change) error {
	grace := unprovenGrace
	if err := s.send(ctx, changes); err != nil {
		return err
	}
	if s.conn.AnswersPing() {
		grace = provenGrace
		// libzmq answers a PING while it still holds what it read before it; only then it is handed to the
		// application. The answer to a PING sent after that answer proves that this has happened.
		if err := s.send(ctx, nil); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(grace):
		return nil
	}
}

// send queues changes, or with none a mere PING, and waits until the publisher has confirmed to have read them.
func (s *synchronizer) send(ctx context.Context, changes []topic.Change) error {
	s.round++
	c := &chunk{round: s.round, changes: changes, confirmed: make(chan struct{}, 1)}
	s.sent.Add(int64(len(changes)))
	s.current.Store(c)
	defer s.current.Store(nil)
	if err := s.conn.Out.Push(c, 0); err != nil {
		return err
	}
	timeout := time.NewTimer(syncTimeout)
	defer timeout.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timeout.C:
		return core.NewError(core.Timeout, "the publisher does not take subscriptions")
	case <-c.confirmed:
		return nil
	}
}

// pong is called by the reader with the context of a PONG.
func (s *synchronizer) pong(context []byte) {
	c := s.current.Load()
	if c != nil && len(context) == 8 && binary.BigEndian.Uint64(context) == c.round {
		c.confirm()
	}
}

// patience: a publisher that may have stopped reading until its application comes round to it is given until syncTimeout.
func (s *synchronizer) patience() int {
	if s.current.Load() != nil && s.sent.Load() > unappliedLimit {
		return max(zmtp.SilentIntervals, int(syncTimeout/s.conn.Heartbeat())+1)
	}
	return zmtp.SilentIntervals
}

// nextChanges takes up to syncChunk of the prefixes whose state is to be sent to a publisher.
func (f *Feed) nextChanges(publisher int) []topic.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.interest.Next(publisher, syncChunk)
}

// settle notes what was asked for and is applied by a publisher, and returns what is to be called for that.
func (f *Feed) settle(publisher int, changes []topic.Change) (calls []func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	settled := f.interest.Settle(publisher, changes)
	f.recordAgain()
	return append(f.endVigils(), settled...) // a connection is told of before what is live over it
}
