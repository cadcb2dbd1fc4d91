package gateway

import (
	"context"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// lasting is what a SubGateway has for a durable history. The publishers are heard by one feed, whose only subscriber adds to the
// stream when it is this bridge's turn; the stream feeds another one, to which everybody subscribes. Nil: there is none.
type lasting struct {
	durable.History
	publishers link.Status // of those that are heard
	hearing    *pubsub.Subscription

	ctx     context.Context // ends with the gateway
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	store   error // why the stream is not followed; nil: it is
	heard   error // why no publisher is; nil: one is, or nobody knows yet
	known   bool  // something is known of the stream
	told    bool  // those who subscribe were told something
	last    error // what that was
	telling bool  // somebody is at it
}

// outlive makes the feed one of a durable history.
func (g *SubGateway) outlive(kept History, last *topic.LastValues) {
	f := g.factory
	kept = kept.WithDefaults()
	cache, room := f.config.lasting(g.endpoint, kept)
	room.Counters = &f.counters.durable
	if f.config.KeptHistory != nil {
		room.Portion = f.config.KeptHistory()
	}
	archive := new(durable.Archive)
	g.log = history.NewCache(cache, archive, f.config.KeptHistory, &f.counters.history)
	g.feed = pubsub.NewFeed(&f.links.Config, pubsub.Options{Allowance: topic.NewAllowance(f.config.MaxPrefixBytes), Last: last, Log: g.log})
	l := &lasting{History: durable.History{
		Store: f.config.Histories, Endpoint: nameOf(g.endpoint), Keep: kept, Ingester: durable.NewIngester(kept.Age, room, f.links.Log),
		Archive: archive, Feed: g.feed, Log: f.links.Log,
	}}
	l.State = func(reason error) { l.tell(g, func() { l.store, l.known = reason, true }) }
	l.ctx, l.end = context.WithCancel(context.Background())
	l.hearing = g.heard.Attach(l.Ingester)
	if l.hearing.Join("", l.Ingester.Live) {
		l.Ingester.Live()
	}
	l.publishers.Watch(heardOf(func(reason error) { l.tell(g, func() { l.heard = reason }) }))
	g.lasting = l
}

// nameOf is what the stream of an endpoint is called by.
func nameOf(endpoint core.Endpoint) string {
	if endpoint.Name != "" {
		return endpoint.Name
	}
	return endpoint.String()
}

// heardOf is a function as a link.Watcher: nil is up.
type heardOf func(reason error)

// Up implements link.Watcher.
func (w heardOf) Up() { w(nil) }

// Down implements link.Watcher.
func (w heardOf) Down(reason error) { w(reason) }

// tell has those who subscribe know how the endpoint is, when something has changed: up as long as the stream is followed and a
// publisher is there.
func (l *lasting) tell(g *SubGateway, change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if change(); l.telling {
		return // whoever is at it goes on with this
	}
	l.telling = true
	for l.known && (!l.told || l.last != l.reason()) {
		reason := l.reason()
		l.told, l.last = true, reason
		l.mu.Unlock()
		if reason == nil {
			g.state.Up()
		} else {
			g.state.Down(reason)
		}
		l.mu.Lock()
	}
	l.telling = false
}

// reason is why the endpoint is down; nil: it is not. The lock is held.
func (l *lasting) reason() error {
	if l.store != nil {
		return l.store
	}
	return l.heard
}

// hears is the role of a link to a publisher that the ingester is to know of.
func (l *lasting) hears(publisher int, r link.Role) link.Role {
	return link.Role{
		Serve: func(ctx context.Context, c *zmtp.Conn) error {
			l.Ingester.Connected(publisher, l.hearing.CountsAll())
			return r.Serve(ctx, c)
		},
		Down: func(reason error) {
			counts := l.hearing.CountsAll()
			r.Down(reason)
			l.Ingester.Disconnected(publisher, counts)
		},
	}
}

func (l *lasting) start() {
	if l != nil {
		l.running.Go(func() { l.Run(l.ctx) }) // ended by stop, joined by join
	}
}

func (l *lasting) stop() {
	if l != nil {
		l.end()
	}
}

func (l *lasting) join() {
	if l != nil {
		l.running.Wait()
		l.Ingester.Close()
	}
}

// held is how many bytes of what the publishers say have yet to be stored, or are there in case another bridge goes on.
func (l *lasting) held() int64 {
	if l == nil {
		return 0
	}
	return l.Ingester.Held()
}
