package stream

import (
	"errors"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// consumption is what a consumer brings, until the first thing that is not as it should be. The library's goroutine brings one entry after the
// other; the goroutine of run has all those taken together that have come since it did the last time. Who follows calls the rest.
type consumption struct {
	take   func([]durable.Stored) error
	ahead  chan durable.Stored // were brought, and not taken yet
	count  uint64              // how many were brought
	failed chan struct{}       // closed when err is set
	over   chan struct{}       // closed by end
	ended  chan struct{}       // closed when run has returned

	mu     sync.Mutex
	err    error
	busy   bool   // entries are being taken
	number uint64 // of the entry that was taken last
}

func newConsumption(behind uint64, take func([]durable.Stored) error) *consumption {
	return &consumption{take: take, number: behind, ahead: make(chan durable.Stored, inHand), failed: make(chan struct{}), over: make(chan struct{}), ended: make(chan struct{})}
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

// hand is given what was brought. It waits while there is no room.
func (c *consumption) hand(m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		c.fail(away(err))
		return
	}
	if c.count++; meta.Sequence.Consumer != c.count {
		c.fail(errLeftOut)
		return
	}
	select {
	case c.ahead <- durable.Stored{Number: meta.Sequence.Stream, Entry: m.Data()}:
	case <-c.failed:
	case <-c.over:
	}
}

// run has taken what was brought, until something has failed, or end is called.
func (c *consumption) run() {
	defer close(c.ended)
	var all []durable.Stored
	for {
		select {
		case <-c.failed:
			return
		case <-c.over:
			return
		case first := <-c.ahead:
			all = append(all[:0], first)
		}
		for more := true; more && len(all) < inHand; {
			select {
			case next := <-c.ahead:
				all = append(all, next)
			default:
				more = false
			}
		}
		if !c.handOn(all) {
			return
		}
		clear(all)
	}
}

// handOn has some entries taken, and tells whether that went well.
func (c *consumption) handOn(all []durable.Stored) bool {
	c.begin()
	err := c.take(all)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	if err != nil {
		c.failBy(err)
		return false
	}
	c.number = all[len(all)-1].Number
	return true
}

func (c *consumption) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
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

// fail notes the first reason.
func (c *consumption) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failBy(err)
}

// failBy is fail. The lock is held.
func (c *consumption) failBy(err error) {
	if c.err == nil {
		c.err = err
		close(c.failed)
	}
}

// reached is the number of the entry that was taken last. idle tells that none is there that was not.
func (c *consumption) reached() (number uint64, idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.number, !c.busy && len(c.ahead) == 0
}

// end returns when no entry is taken any more: the number of the last.
func (c *consumption) end() uint64 {
	close(c.over)
	<-c.ended
	return c.number
}
