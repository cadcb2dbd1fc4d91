package gateway

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// SubGateway receives from one PUB or XPUB for everybody. Upstream it is subscribed to the union of everybody's
// prefixes; what comes is encoded once and given to those it concerns.
type SubGateway struct {
	*feed
	link    *link.Link
	release func()

	forget context.CancelFunc // ends the keeping of a history
	tended chan struct{}      // closed when it has ended
}

func newSubGateway(e *environment, endpoint core.Endpoint, release func()) *SubGateway {
	g := &SubGateway{feed: newFeed(e), release: release}
	g.last = newLastValues(e.config)
	g.record(e, endpoint)
	g.link = link.New(&e.links, &e.counters.Counters, endpoint, zmtp.Self{Type: core.SUB, Limits: e.links.Limits}, link.Role{Serve: g.serve, Down: g.down})
	g.link.Start()
	g.startTending()
	return g
}

func (g *SubGateway) startTending() {
	ctx, cancel := context.WithCancel(context.Background())
	g.forget, g.tended = cancel, make(chan struct{})
	if g.history == nil {
		close(g.tended)
		return
	}
	// Ended by stop, joined by join.
	go func() {
		defer close(g.tended)
		g.tend(ctx)
	}()
}

// Subscriber is given the messages one of its prefixes matches: each once, even if several match. m and body, which is
// core.EncodeBody(m), are shared with others and must not be modified. Deliver is called from the gateway's reader
// goroutine, never with a lock held, and must not block.
//
// A body of 1 KiB and more may be a piece of up to 32 KiB of memory that lives as long as any piece of it. Who holds many
// messages that did not come one after the other, or any for long, holds copies.
type Subscriber interface {
	Deliver(m core.Message, body core.Body)
}

// Attach makes a place for a subscriber's prefixes. It has none at first.
func (g *SubGateway) Attach(s Subscriber) *Subscription {
	return g.attach(s)
}

// Watch reports whether the publisher is connected: its present state at once when it is known, then every change. After
// stop returns no further call is begun. Up comes before the prefixes are live again; for that there is Subscribe's live.
func (g *SubGateway) Watch(w link.Watcher) (stop func()) { return g.link.Status().Watch(w) }

// KeepsHistory tells whether the endpoint has a history, see Config.History.
func (g *SubGateway) KeepsHistory() bool { return g.history != nil }

// Endpoint is where the publisher is.
func (g *SubGateway) Endpoint() core.Endpoint { return g.link.Endpoint() }

// Release gives the gateway back to its factory. Every successful [Factory.Sub] is paired with one Release.
func (g *SubGateway) Release() { g.release() }

// stop and join are part of gateway.
func (g *SubGateway) stop() {
	g.link.Stop()
	g.forget()
}

func (g *SubGateway) join() {
	g.link.Join()
	<-g.tended
}

// keepFor is part of keeper.
func (g *SubGateway) keepFor() time.Duration {
	if g.history == nil {
		return 0
	}
	return g.history.lifetime()
}
