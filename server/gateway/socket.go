package gateway

import (
	"context"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// socket is a ZeroMQ socket at one endpoint: connections on one side, the ports of pages on the other, and between them
// the pattern of its type. It dials or it listens; to the pattern that makes no difference.
type socket struct {
	env      *environment
	pattern  pattern
	link     *link     // nil: it listens
	listener *listener // nil: it dials
	state    *status
	release  func()
}

// pattern is what a socket type does with connections and messages. But for serve its methods wait for nobody.
type pattern interface {
	serve(ctx context.Context, p *peer) error // runs a connection until it ends; calls peer.run
	send(from *Port, x parcel) error          // takes x, or returns why not; the pattern calls x.left for what it took
	ready() bool                              // a message that is sent now leaves at once
	idle() bool                               // nothing is queued
	close()                                   // drops what is queued; the last call, when all connections have ended

	join(*Port) error // an error refuses the port
	leave(*Port)
	resume(*Port)
}

func newSocket(e *environment, t core.SocketType, ep core.Endpoint, o PortOptions, release func()) (*socket, error) {
	s := &socket{env: e, pattern: newPattern(e, t, o.Bind), release: release}
	limits := limitsFor(t, e.config.Limits)
	typ := zmq4.SocketType(t.String())
	if o.Bind {
		l, err := listen(e, ep, typ, limits)
		if err != nil {
			return nil, err
		}
		s.listener, s.state = l, new(status)
		s.state.up()
		l.start(s.pattern.serve)
		return s, nil
	}
	s.link = newLink(e, ep, typ, s)
	s.link.self.identity, s.link.self.limits = o.Identity, limits
	s.state = &s.link.state
	s.link.start()
	return s, nil
}

// limitsFor narrows the limits to what a socket of type t has to take.
func limitsFor(t core.SocketType, l Limits) Limits {
	switch t {
	case core.ROUTER:
		l.MaxParts-- // leaves one for the routing id
	case core.PUB:
		l.MaxFrame = min(l.MaxFrame, maxSubscription) // a subscriber has nothing to say but prefixes
	}
	return l
}

func newPattern(e *environment, t core.SocketType, listens bool) pattern {
	switch t {
	case core.ROUTER:
		return newRouter(e)
	case core.PUB, core.XPUB:
		return newPublisher(e, t)
	case core.SUB, core.XSUB:
		return newSubscriber(e, t, listens)
	}
	return newBalancer(e, t)
}

func (s *socket) endpoint() core.Endpoint {
	if s.link != nil {
		return s.link.endpoint
	}
	return s.listener.endpoint
}

// serve is part of role.
func (s *socket) serve(ctx context.Context, p *peer) error { return s.pattern.serve(ctx, p) }

// down is part of role. Patterns learn of it when serve returns.
func (s *socket) down(error) {}

// stop is part of gateway.
func (s *socket) stop() {
	if s.link != nil {
		s.link.stop()
	} else {
		s.listener.stop()
	}
}

// join is part of gateway.
func (s *socket) join() {
	if s.link != nil {
		s.link.join()
	} else {
		s.listener.join()
		s.state.down(errClosed)
	}
	s.pattern.close()
}

// lingers is part of lingerer: what has been accepted is to be sent before the socket is closed.
func (s *socket) lingers() bool { return !s.pattern.idle() }
