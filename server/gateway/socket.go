package gateway

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// socket is a ZeroMQ socket at one endpoint: connections on one side, the ports of pages on the other, and between them
// the pattern of its type. It dials or it listens; to the pattern that makes no difference.
type socket struct {
	env      *environment
	pattern  pattern
	link     *link.Link     // nil: it listens
	listener *link.Listener // nil: it dials
	state    *link.Status
	release  func()
}

// pattern is what a socket type does with connections and messages. But for serve its methods wait for nobody.
type pattern interface {
	serve(ctx context.Context, p *zmtp.Conn) error // runs a connection until it ends; calls peer.run
	send(from *Port, x parcel) error               // takes x, or returns why not; the pattern calls x.left for what it took
	ready() bool                                   // a message that is sent now leaves at once
	idle() bool                                    // nothing is queued
	close()                                        // drops what is queued; the last call, when all connections have ended

	join(*Port) error // an error refuses the port
	leave(*Port)
	resume(*Port)
}

func newSocket(e *environment, t core.SocketType, ep core.Endpoint, o PortOptions, release func()) (*socket, error) {
	s := &socket{env: e, pattern: newPattern(e, t, o.Bind), release: release}
	limits := limitsFor(t, e.links.Limits)
	us := zmtp.Self{Type: t, Identity: o.Identity, Limits: limits}
	if o.Bind {
		l, err := link.Listen(&e.links, &e.counters.Counters, ep, us)
		if err != nil {
			return nil, err
		}
		s.listener, s.state = l, new(link.Status)
		s.state.Up()
		l.Start(s.pattern.serve)
		return s, nil
	}
	s.link = link.New(&e.links, &e.counters.Counters, ep, us, link.Role{Serve: s.serve, Down: s.down})
	s.state = s.link.Status()
	s.link.Start()
	return s, nil
}

// limitsFor narrows the limits to what a socket of type t has to take.
func limitsFor(t core.SocketType, l zmtp.Limits) zmtp.Limits {
	switch t {
	case core.ROUTER:
		l.MaxParts-- // leaves one for the routing id
	case core.PUB:
		l.MaxFrame = min(l.MaxFrame, zmtp.MaxSubscription) // a subscriber has nothing to say but prefixes
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
		return s.link.Endpoint()
	}
	return s.listener.Endpoint()
}

// serve is part of role.
func (s *socket) serve(ctx context.Context, p *zmtp.Conn) error { return s.pattern.serve(ctx, p) }

// down is part of role. Patterns learn of it when serve returns.
func (s *socket) down(error) {}

// stop is part of gateway.
func (s *socket) stop() {
	if s.link != nil {
		s.link.Stop()
	} else {
		s.listener.Stop()
	}
}

// join is part of gateway.
func (s *socket) join() {
	if s.link != nil {
		s.link.Join()
	} else {
		s.listener.Join()
		s.state.Down(link.ErrClosed)
	}
	s.pattern.close()
}

// lingers is part of lingerer: what has been accepted is to be sent before the socket is closed.
func (s *socket) lingers() bool { return !s.pattern.idle() }
