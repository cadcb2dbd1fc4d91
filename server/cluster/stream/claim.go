package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// claim is the wish for a lease. Another bridge that has it renews it; NATS forgets one that is not renewed.
//
// NATS is not relied on for that: a server that does not forget would keep everybody from appending for ever. So a lease whose revision has
// stayed the same for longer than it lasts is taken. Were its holder there after all, it would notice, and what it appends is refused as
// soon as the next term begins.
type claim struct {
	stream *stream
	bucket jetstream.KeyValue // nil: to be opened
	seen   uint64             // revision of the lease that somebody else has
	since  time.Time          // when that was seen for the first time
}

// newcomerTime is how long a bridge that has just begun to listen lets others go first. It is longer than the lease of a bridge that has died lasts, and
// than it takes the others to notice. They go on behind the last message of the stream, and the newcomer has not heard that: a bridge that is
// started again at once would be the first to find the lease, and there would be a gap.
const newcomerTime = leaseTime + 2*renewTime

// letGo waits until a newcomer may have the lease. Nobody is waited for where there is nothing to go on with.
func (s *stream) letGo(ctx context.Context) error {
	s.mu.Lock()
	first := s.first
	s.mu.Unlock()
	if first.IsZero() {
		first = time.Now()
		ask, cancel := context.WithTimeout(ctx, askTime)
		_, newest, err := s.Range(ask)
		cancel()
		if err != nil {
			return err
		}
		if newest > 0 && !s.store.alone {
			first = first.Add(newcomerTime)
		}
		s.mu.Lock()
		s.first = first
		s.mu.Unlock()
	}
	wait := time.NewTimer(time.Until(first))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Lease implements durable.Stream.
func (s *stream) Lease(ctx context.Context) (durable.Lease, error) {
	if err := s.letGo(ctx); err != nil {
		return nil, err
	}
	c := claim{stream: s}
	again := time.NewTicker(renewTime)
	defer again.Stop()
	for begun := time.Now(); ; {
		asked := time.Now()
		revision, err := c.try(ctx)
		switch {
		case err == nil:
			return s.hold(c.bucket, revision, asked), nil
		case !errors.Is(err, errHeld):
			return nil, away(err)
		case c.seen != 0:
			begun = asked
		case asked.Sub(begun) > oddTime:
			return nil, errOdd
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again.C:
		}
	}
}

// oddTime is how long NATS may say that there is a lease and have none.
const oddTime = 2 * leaseTime

var (
	errHeld = core.NewError(core.Unavailable, "another bridge appends to this history")
	errOdd  = core.NewError(core.Unavailable, "NATS: the lease of this history can neither be had nor be found")
)

// try tries to have it, once. The error is errHeld if it is, or may be, another bridge's.
func (c *claim) try(ctx context.Context) (revision uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if c.bucket == nil {
		if c.bucket, err = c.stream.store.leases(ctx); err != nil {
			return 0, err
		}
	}
	if revision, err = c.bucket.Create(ctx, c.stream.name, nil); !errors.Is(err, jetstream.ErrKeyExists) {
		return revision, err
	}
	held, err := c.bucket.Get(ctx, c.stream.name)
	if errors.Is(err, jetstream.ErrKeyNotFound) { // it has just gone, or whom it was asked of has yet to hear of it
		c.seen = 0
		return 0, errHeld
	}
	if err != nil {
		return 0, err
	}
	if held.Revision() != c.seen {
		c.seen, c.since = held.Revision(), time.Now()
		return 0, errHeld
	}
	if time.Since(c.since) < leaseTime+renewTime {
		return 0, errHeld
	}
	if revision, err = c.bucket.Update(ctx, c.stream.name, nil, c.seen); errors.Is(err, jetstream.ErrKeyExists) {
		return 0, errHeld
	}
	return revision, err
}
