package gateway

import (
	"context"
	"slices"
	"sync"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// SubGateway receives from one PUB or XPUB for everybody. Upstream it is subscribed to the union of everybody's
// prefixes; what comes is encoded once and given to those it concerns.
type SubGateway struct {
	link    *link
	release func()

	changed chan struct{} // holds a token when unsent has grown

	// Of the reader goroutine: scratch, and the number of the message being routed.
	matches []*topic[*Subscription]
	targets []*Subscription
	number  uint64

	mu     sync.RWMutex
	table  prefixes[*Subscription]
	wanted map[string]*interest // every prefix in the table
	unsent map[string]struct{}  // prefixes whose state, wanted or not, is to be sent upstream; nil while down
}

// interest is what there is to know about a wanted prefix.
type interest struct {
	sent    bool     // over this connection, or an earlier interest was and is not canceled yet
	live    bool     // proven to be applied upstream
	waiting []waiter // to be told when it is
}

// waiter is somebody who wants to know when a prefix is live.
type waiter struct {
	subscription *Subscription
	live         func()
}

func newSubGateway(e *environment, endpoint core.Endpoint, release func()) *SubGateway {
	g := &SubGateway{
		release: release,
		changed: make(chan struct{}, 1),
		wanted:  make(map[string]*interest),
	}
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
	return &Subscription{gateway: g, subscriber: s, members: make(map[string]*member[*Subscription])}
}

// serve is part of role.
func (g *SubGateway) serve(ctx context.Context, p *peer) error {
	s := &synchronizer{gateway: g, peer: p}
	p.out = newOutbox(g.link.env.config)
	p.onMessage = g.receive
	p.onPong = s.pong
	p.patience = s.patience
	g.resubscribe()

	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	// The synchronizer is ended by ctx and joined here; when it fails, so does the connection.
	synced := make(chan struct{})
	go func() {
		defer close(synced)
		end(s.run(ctx))
	}()
	err := p.run(ctx)
	end(err)
	<-synced
	return err
}

// down is part of role: nothing is live any more, and nothing is to be sent.
func (g *SubGateway) down(error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsent = nil
	for _, i := range g.wanted {
		i.sent, i.live = false, false
	}
}

// resubscribe marks every prefix to be sent: a new connection knows none.
func (g *SubGateway) resubscribe() {
	defer g.wake()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsent = make(map[string]struct{}, len(g.wanted))
	for prefix := range g.wanted {
		g.unsent[prefix] = struct{}{}
	}
}

// enlist makes x a subscriber of one more prefix. The caller holds the lock, and wakes when it has let go.
func (g *SubGateway) enlist(x *Subscription, prefix string) *member[*Subscription] {
	if g.wanted[prefix] == nil {
		_, canceling := g.unsent[prefix]
		g.wanted[prefix] = &interest{sent: canceling}
	}
	// It is sent also when somebody else has asked before: that changes nothing for a PUB, and a publisher that hands
	// out last values (XPUB_VERBOSE) wants to hear of every subscriber.
	if g.unsent != nil {
		g.unsent[prefix] = struct{}{}
	}
	return g.table.add(prefix, x)
}

// dismiss undoes enlist. The caller holds the lock, and wakes when it has let go.
func (g *SubGateway) dismiss(m *member[*Subscription]) {
	prefix := m.topic.prefix
	i := g.wanted[prefix]
	if !g.table.remove(m) {
		i.waiting = slices.DeleteFunc(i.waiting, func(w waiter) bool { return w.subscription == m.subscriber })
		return
	}
	delete(g.wanted, prefix)
	if i.sent {
		g.unsent[prefix] = struct{}{}
	} else {
		delete(g.unsent, prefix) // it never left: there is nothing to cancel
	}
}

func (g *SubGateway) wake() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// receive routes one message. It runs in the reader goroutine.
func (g *SubGateway) receive(m core.Message) error {
	g.number++
	g.targets = g.targets[:0]
	g.mu.RLock()
	g.matches = g.table.match(g.matches[:0], m[0])
	for _, t := range g.matches {
		for _, member := range t.members {
			if x := member.subscriber; x.last != g.number {
				x.last = g.number
				g.targets = append(g.targets, x)
			}
		}
	}
	g.mu.RUnlock()

	if len(g.targets) > 0 {
		body := core.EncodeBody(m)
		for _, x := range g.targets {
			x.deliver(m, body)
		}
	}
	clear(g.targets)
	clear(g.matches)
	return nil
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
