package durable

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
)

// Ingester hears what a publisher says and, while it is its turn, stores it.
type Ingester struct {
	recent *recent
	writer uint64
	keep   time.Duration // a stream that nothing was added to for so long gets a note; 0: it needs none
	log    *slog.Logger

	live    chan struct{} // closed when the publisher says everything
	hearing sync.Once

	mu     sync.Mutex
	up     map[int]bool // publishers that are connected, or were
	change chan struct{}
}

// NewIngester makes one that has heard nothing. The stream forgets what is older than an age; 0: it does not. Close ends it.
func NewIngester(age time.Duration, room Room, log *slog.Logger) *Ingester {
	return &Ingester{recent: newRecent(room), writer: rand.Uint64() | 1, keep: age / 3, log: log,
		live: make(chan struct{}), up: map[int]bool{}, change: make(chan struct{}, 1)}
}

// Held is how many bytes it has in memory.
func (g *Ingester) Held() int64 { return g.recent.held() }

// Close forgets what was heard, and what will be. Run has ended.
func (g *Ingester) Close() { g.recent.end() }

// Live is told when the publisher has been proven to say everything. Nothing is stored before.
func (g *Ingester) Live() { g.hearing.Do(func() { close(g.live) }) }

// Deliver implements pubsub.Subscriber.
func (g *Ingester) Deliver(p burst.Part) {
	bodies := make([]core.Body, 0, p.Count())
	p.Each(func(_ int, _ core.Message, body core.Body) { bodies = append(bodies, body) })
	g.recent.hear(bodies)
}

// Lacks implements pubsub.Lacker.
func (g *Ingester) Lacks(a pubsub.Absence) {
	g.recent.note(mark{known: true, topic: a.Topic, missing: a.Messages})
}

// Missed implements pubsub.Misser.
func (g *Ingester) Missed(topic []byte) { g.recent.note(mark{known: true, topic: topic, missing: 1}) }

// Connected is told of a connection to a publisher. From the second one on messages are missing before it, unless that is counted.
func (g *Ingester) Connected(publisher int, counts bool) {
	if g.set(publisher, true) && !counts {
		g.recent.note(mark{})
	}
}

// Disconnected is told that there is no connection to a publisher.
func (g *Ingester) Disconnected(publisher int, counts bool) {
	if g.set(publisher, false) && !counts {
		g.recent.note(mark{})
	}
}

// set notes whether a publisher is connected. interrupts tells that messages are missing here.
func (g *Ingester) set(publisher int, isUp bool) (interrupts bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was, ever := g.up[publisher]
	if !isUp && !ever {
		return false
	}
	g.up[publisher] = isUp
	select {
	case g.change <- struct{}{}:
	default:
	}
	return ever && was != isUp
}

// isUp tells whether one of the publishers is connected.
func (g *Ingester) isUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, up := range g.up {
		if up {
			return true
		}
	}
	return false
}

const (
	// retryTime is how long it waits before it tries again what did not work.
	retryTime = 300 * time.Millisecond

	// awayTime is how long the publishers may be away before another bridge, which may reach them, is let try.
	awayTime = 2 * time.Second

	// askTime is how long the store may take to answer.
	askTime = 3 * time.Second
)

// Run stores what is heard in a stream while it is this ingester's turn, until ctx ends.
func (g *Ingester) Run(ctx context.Context, s Stream, endpoint string) {
	t := trouble{log: g.log, what: "a durable history is not added to", endpoint: endpoint}
	select {
	case <-ctx.Done():
	case <-g.live:
	}
	for ctx.Err() == nil {
		if err := g.term(ctx, s, t.isOver); err != nil && ctx.Err() == nil {
			t.is(err)
		}
		pause(ctx, retryTime)
	}
}

// term is one time of holding the lease. works is called when it has begun to store.
func (g *Ingester) term(ctx context.Context, s Stream, works func()) error {
	for !g.isUp() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.change:
		}
	}
	lease, err := s.Lease(ctx)
	if err != nil {
		return err
	}
	defer lease.Release()
	ctx, end := context.WithCancel(ctx)
	defer end()
	over := make(chan struct{})
	defer close(over)
	go func() { // ends with the term
		select {
		case <-lease.Lost():
			end()
		case <-over:
		}
	}()
	defer g.recent.lead(false, 0)
	for {
		w, err := g.takeUp(ctx, s)
		if err != nil {
			return err
		}
		works()
		g.recent.lead(true, w.number-1)
		if err = w.run(ctx); errors.Is(err, errAway) || ctx.Err() != nil {
			return err
		}
		g.log.Debug("gateway: a durable history is taken up again", "stream", s.Name(), "err", err)
		pause(ctx, retryTime)
	}
}

// errAway says that no publisher is connected.
var errAway = core.NewError(core.Unavailable, "the publisher is away")

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
