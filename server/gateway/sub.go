package gateway

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// SubGateway receives from one PUB or XPUB for everybody, or from all that are behind one name. Upstream it is subscribed to the
// union of everybody's prefixes; what comes is encoded once and given to those it concerns.
type SubGateway struct {
	factory  *Factory
	endpoint core.Endpoint
	feed     *pubsub.Feed // to which everybody subscribes
	heard    *pubsub.Feed // that of the publishers: the same, unless the history is durable
	log      *history.Log // nil: no history is kept
	lasting  *lasting     // nil: the history is not durable
	others   *elsewhere   // who may have last values; nil: there is nobody
	state    link.Status  // of what the feed is fed by: all publishers, or the stream
	release  func()

	publishers publishers

	forget context.CancelFunc // ends the keeping of a history
	tended chan struct{}      // closed when it has ended
}

func newSubGateway(f *Factory, endpoint core.Endpoint, release func()) (*SubGateway, error) {
	n := f.config.addressesOf(endpoint)
	if n > access.MaxAddresses {
		return nil, core.NewError(core.Invalid, "too many addresses behind one name")
	}
	kept, last := f.keeping(endpoint)
	g := &SubGateway{factory: f, endpoint: endpoint, release: release}
	options := pubsub.Options{Allowance: g.allowance(0), Sequence: f.config.sequenceOf(endpoint)}
	if !options.Sequence.None() {
		options.Counters, options.Budget = f.counters.counted.Of(endpoint.Name), f.config.Kept
		options.Source = g.source(options.Sequence)
	}
	lastValues := topic.NewLastValues(last, f.config.Kept)
	if kept.Durable && f.config.Histories != nil {
		g.heard = pubsub.NewFeed(&f.links.Config, options)
		g.outlive(kept, lastValues)
	} else {
		g.log = history.New(kept, f.config.KeptHistory, &f.counters.history)
		g.others = g.fromElsewhere()
		options.Last, options.Log, options.Lately = lastValues, g.log, g.others.lately()
		g.feed = pubsub.NewFeed(&f.links.Config, options)
		g.heard = g.feed
	}
	for range n {
		g.add()
	}
	for _, l := range g.publishers.links {
		l.Start()
	}
	g.startTending()
	g.lasting.start()
	return g, nil
}

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
//
// Of several publishers it is Up when one is connected, Up again with each further one, and Down when none is.
func (g *SubGateway) Watch(w Watcher) (stop func()) { return g.state.Watch(w) }

// KeepsHistory tells whether the endpoint has a history, see Config.History.
func (g *SubGateway) KeepsHistory() bool { return g.log != nil }

// IsDurable tells whether its history outlives the bridge.
func (g *SubGateway) IsDurable() bool { return g.lasting != nil }

// Release gives the gateway back to its factory. Every successful [Factory.Sub] is paired with one Release.
func (g *SubGateway) Release() { g.release() }

// stop and join are part of gateway.
func (g *SubGateway) stop() {
	for _, l := range g.publishers.end() {
		l.Stop()
	}
	g.lasting.stop()
	g.others.stop()
	g.forget()
}

func (g *SubGateway) join() {
	for _, l := range g.publishers.all() {
		l.Join()
	}
	<-g.tended
	g.lasting.join()
	g.others.join()
	g.heard.Close()
	g.feed.Close()
	for _, release := range g.publishers.allowed {
		release()
	}
}

// keepFor is part of keeper.
func (g *SubGateway) keepFor() time.Duration {
	switch {
	case g.log == nil:
		return 0
	case g.lasting != nil:
		return -1 // another bridge may need what this one hears
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

// source is who has what is missing of the messages of the publisher; nil: nobody has.
func (g *SubGateway) source(s Sequence) pubsub.Source {
	if s.Replay.None() || s.PerTopic || g.factory.config.addressesOf(g.endpoint) > 1 {
		return nil
	}
	f := g.factory
	return link.New(&f.links, &f.counters.Counters, s.Replay.Address, zmtp.Self{Type: core.DEALER, Limits: f.links.Limits}, link.Role{})
}

// sequenceOf says where the publishers of an endpoint count.
func (c Config) sequenceOf(endpoint core.Endpoint) (s Sequence) {
	if c.Sequence != nil {
		s = c.Sequence(endpoint)
	}
	return s
}

// Shares tells whether there is something that everybody gets who hears of an endpoint, so that nobody has a connection to it of his
// own: a history, or a count.
func (f *Factory) Shares(endpoint core.Endpoint) bool {
	return !f.config.historyOf(endpoint).KeepsNothing() || !f.config.sequenceOf(endpoint).None()
}

// Counted is what the counts of publishers have told, by the names of endpoints; "" is all addresses together.
func (f *Factory) Counted() map[string]Counted { return f.counters.counted.Totals() }
