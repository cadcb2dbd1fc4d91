package gateway

import (
	"context"
	"sync"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// PubGateway listens for SUB and XSUB peers and publishes to them. Every peer has a queue of its own; when that is full
// the newest message is dropped for this peer alone, and counted.
type PubGateway struct {
	listener *listener
	release  func()

	mu      sync.Mutex
	table   prefixes[*audience]
	matches []*topic[*audience] // scratch
	number  uint64              // of the message being published
}

// audience is one connected subscriber.
type audience struct {
	out     *outbox
	members map[string]*member[*audience] // its prefixes: a set, as in libzmq
	bytes   int                           // of all of them
	last    uint64                        // number of the last message queued
}

// Limits on what a subscriber may ask for.
const (
	maxPrefixes    = 100_000       // per connection
	maxPrefixBytes = 16 * mebibyte // per connection, of all prefixes together
	maxPrefix      = 64 << 10      // of one
)

func newPubGateway(e *environment, endpoint core.Endpoint, release func()) (*PubGateway, error) {
	// A subscriber has nothing to say but prefixes.
	limits := e.config.Limits
	limits.MaxFrame = min(limits.MaxFrame, maxPrefix+1)
	l, err := listen(e, endpoint, zmq4.Pub, limits)
	if err != nil {
		return nil, err
	}
	g := &PubGateway{listener: l, release: release}
	l.start(g.serve)
	return g, nil
}

// Publish sends m to every peer that is subscribed to a prefix of its first part. The frames of m must not be modified any
// more. It never blocks: a peer whose queue is full misses the message. The error is TooLarge or Invalid, for m.
func (g *PubGateway) Publish(m core.Message) error {
	if err := core.CheckMessage(m, int(g.listener.env.config.Limits.MaxMessage)); err != nil {
		return err
	}
	var out outgoing = publication(m)
	size := int64(m.Size())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.number++
	g.matches = g.table.match(g.matches[:0], m[0])
	for _, t := range g.matches {
		for _, member := range t.members {
			a := member.subscriber
			if a.last == g.number {
				continue
			}
			a.last = g.number
			if a.out.push(out, size) != nil {
				g.listener.env.counters.drop(DropSlowPeer)
			}
		}
	}
	clear(g.matches)
	return nil
}

// Endpoint is where the gateway listens. Its port is the real one when the factory was asked for port 0.
func (g *PubGateway) Endpoint() core.Endpoint { return g.listener.endpoint }

// Release gives the gateway back to its factory. Every successful [Factory.Pub] is paired with one Release.
func (g *PubGateway) Release() { g.release() }

// stop and join are part of gateway.
func (g *PubGateway) stop() { g.listener.stop() }
func (g *PubGateway) join() { g.listener.join() }

// serve runs one subscriber's connection.
func (g *PubGateway) serve(ctx context.Context, p *peer) error {
	a := &audience{out: p.out, members: make(map[string]*member[*audience])}
	defer g.forget(a)
	p.onPrefix = func(prefix []byte, on bool) error { return g.change(a, prefix, on) }
	p.onMessage = func(m core.Message) error {
		if len(m) != 1 || len(m[0]) == 0 || m[0][0] > subscribeByte {
			return nil // an XSUB may say more; nobody listens
		}
		return g.change(a, m[0][1:], m[0][0] == subscribeByte)
	}
	return p.run(ctx)
}

// change notes a subscription or its end.
func (g *PubGateway) change(a *audience, prefix []byte, on bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := a.members[string(prefix)]
	switch {
	case !on && m != nil:
		g.table.remove(m)
		delete(a.members, m.topic.prefix)
		a.bytes -= len(prefix)
	case on && m == nil:
		if len(a.members) >= maxPrefixes || a.bytes+len(prefix) > maxPrefixBytes {
			return limitError("more than %d subscriptions or %d bytes of them", maxPrefixes, maxPrefixBytes)
		}
		m = g.table.add(string(prefix), a)
		a.members[m.topic.prefix] = m
		a.bytes += len(prefix)
	}
	return nil
}

// forget removes a subscriber that has gone.
func (g *PubGateway) forget(a *audience) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range a.members {
		g.table.remove(m)
	}
	clear(a.members)
}

// publication is a message on its way to one of its subscribers.
type publication core.Message

// write is part of outgoing.
func (m publication) write(p *peer) error { return p.send(nil, core.Message(m)) }
