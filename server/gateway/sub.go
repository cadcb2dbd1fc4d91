package gateway

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// SubGateway receives from one PUB or XPUB for everybody. Upstream it is subscribed to the union of everybody's
// prefixes; what comes is encoded once and given to those it concerns.
type SubGateway struct {
	feed    *pubsub.Feed
	log     *history.Log // nil: no history is kept
	link    *link.Link
	release func()

	allowed func() // gives back the allowance

	forget context.CancelFunc // ends the keeping of a history
	tended chan struct{}      // closed when it has ended
}

func newSubGateway(f *Factory, endpoint core.Endpoint, release func()) *SubGateway {
	kept, last := f.config.keeping(endpoint)
	g := &SubGateway{log: history.New(kept, &f.counters.history), release: release}
	allowance, release := f.allowances.of(endpoint, f.config.MaxPrefixBytes)
	g.allowed = release
	g.feed = pubsub.NewFeed(&f.links.Config, pubsub.Options{
		Allowance: allowance,
		Last:      topic.NewLastValues(last, f.config.Kept),
		Log:       g.log,
	})
	us := zmtp.Self{Type: core.SUB, Limits: f.links.Limits}
	g.link = link.New(&f.links, &f.counters.Counters, endpoint, us, link.Role{Serve: g.feed.Serve, Down: g.down})
	g.link.Start()
	g.startTending()
	return g
}

// down is part of link.Role.
func (g *SubGateway) down(error) { g.feed.Down() }

func (g *SubGateway) startTending() {
	ctx, cancel := context.WithCancel(context.Background())
	g.forget, g.tended = cancel, make(chan struct{})
	if g.log == nil {
		close(g.tended)
		return
	}
	// Ended by stop, joined by join.
	go func() {
		defer close(g.tended)
		g.feed.Tend(ctx)
	}()
}

// Attach makes a place for a subscriber's prefixes. It has none at first.
func (g *SubGateway) Attach(s Subscriber) *Subscription {
	return g.feed.Attach(s)
}

// Watch reports whether the publisher is connected: its present state at once when it is known, then every change. After
// stop returns no further call is begun. Up comes before the prefixes are live again; for that there are Subscribe's live and
// Subscription.WhenLive.
func (g *SubGateway) Watch(w Watcher) (stop func()) { return g.link.Status().Watch(w) }

// KeepsHistory tells whether the endpoint has a history, see Config.History.
func (g *SubGateway) KeepsHistory() bool { return g.log != nil }

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
	g.feed.Close()
	g.allowed()
}

// keepFor is part of keeper.
func (g *SubGateway) keepFor() time.Duration {
	if g.log == nil {
		return 0
	}
	return g.log.Lifetime()
}

// historyOf says what is kept of what an endpoint publishes.
func (c Config) historyOf(endpoint core.Endpoint) (h History) {
	if c.History != nil {
		h = c.History(endpoint)
	}
	return h
}

// KeepsHistory tells whether there is a history where the bridge subscribes to endpoint.
func (f *Factory) KeepsHistory(endpoint core.Endpoint) bool {
	return !f.config.historyOf(endpoint).KeepsNothing()
}
