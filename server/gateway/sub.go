package gateway

import (
	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// SubGateway receives from one PUB or XPUB for everybody. Upstream it is subscribed to the union of everybody's
// prefixes; what comes is encoded once and given to those it concerns.
type SubGateway struct {
	*feed
	link    *link
	release func()
}

func newSubGateway(e *environment, endpoint core.Endpoint, release func()) *SubGateway {
	g := &SubGateway{feed: newFeed(e), release: release}
	g.last = newLastValues(e.config)
	g.link = newLink(e, endpoint, zmq4.Sub, g)
	g.link.start()
	return g
}

// Subscriber is given the messages one of its prefixes matches: each once, even if several match. m and body, which is
// core.EncodeBody(m), are shared with others and must not be modified. Deliver is called from the gateway's reader
// goroutine, never with a lock held, and must not block.
type Subscriber interface {
	Deliver(m core.Message, body core.Body)
}

// Attach makes a place for a subscriber's prefixes. It has none at first.
func (g *SubGateway) Attach(s Subscriber) *Subscription {
	return g.attach(s)
}

// Watch reports whether the publisher is connected: its present state at once when it is known, then every change. After
// stop returns no further call is begun. Up comes before the prefixes are live again; for that there is Subscribe's live.
func (g *SubGateway) Watch(w Watcher) (stop func()) { return g.link.state.watch(w) }

// Endpoint is where the publisher is.
func (g *SubGateway) Endpoint() core.Endpoint { return g.link.endpoint }

// Release gives the gateway back to its factory. Every successful [Factory.Sub] is paired with one Release.
func (g *SubGateway) Release() { g.release() }

// stop and join are part of gateway.
func (g *SubGateway) stop() { g.link.stop() }
func (g *SubGateway) join() { g.link.join() }
