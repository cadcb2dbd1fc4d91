package stream

import (
	"errors"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// consumption is what a consumer brings, one entry after the other, until the first thing that is not as it should be. Its methods
// are called by the goroutines of the library, and by who follows.
type consumption struct {
	take   func(durable.Stored) error
	failed chan struct{} // closed when err is set

	mu     sync.Mutex // held while an entry is taken
	err    error
	ended  bool
	number uint64 // of the entry that was taken last
	count  uint64 // how many were brought
}

func newConsumption(behind uint64, take func(durable.Stored) error) *consumption {
	return &consumption{take: take, number: behind, failed: make(chan struct{})}
}

// What may be wrong with a consumer, and is right with the next one.
var (
	errLeftOut = core.NewError(core.Unavailable, "NATS: an entry was lost on its way")
	errMute    = core.NewError(core.Unavailable, "NATS: the consumer does not say anything")
	errSilent  = core.NewError(core.Unavailable, "NATS: the stream has more than the consumer brings")
	errNone    = core.NewError(core.Unavailable, "NATS: the consumer is gone")
)

func isConsumers(err error) bool {
	return errors.Is(err, errLeftOut) || errors.Is(err, errMute) || errors.Is(err, errSilent) || errors.Is(err, errNone)
}

// hand takes what was brought.
func (c *consumption) hand(m jetstream.Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.err != nil {
		return
	}
	meta, err := m.Metadata()
	if err != nil {
		c.fail(away(err))
		return
	}
	if c.count++; meta.Sequence.Consumer != c.count {
		c.fail(errLeftOut)
		return
	}
	if err := c.take(durable.Stored{Number: meta.Sequence.Stream, Entry: m.Data()}); err != nil {
		c.fail(err)
		return
	}
	c.number = meta.Sequence.Stream
}

// trouble is told of what the library says about the consumer.
func (c *consumption) trouble(_ jetstream.ConsumeContext, err error) {
	switch {
	case errors.Is(err, jetstream.ErrNoHeartbeat):
		err = errMute
	case isGone(err):
		err = errNone
	default:
		return // it gets over that by itself, or the connection is not there, which is looked at
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail(err)
}

func isGone(err error) bool {
	for _, gone := range []error{jetstream.ErrConsumerDeleted, jetstream.ErrConsumerNotFound, jetstream.ErrBadRequest, jetstream.ErrServerShutdown, nats.ErrNoResponders} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}

// fail notes the first reason. The lock is held.
func (c *consumption) fail(err error) {
	if c.err == nil {
		c.err = err
		close(c.failed)
	}
}

// reached is the number of the entry that was taken last.
func (c *consumption) reached() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.number
}

// end returns when no entry is taken any more: the number of the last.
func (c *consumption) end() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	return c.number
}
