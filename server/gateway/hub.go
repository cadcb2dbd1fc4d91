package gateway

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// hub is a ZeroMQ socket at one endpoint: connections on one side, the ports of pages on the other, and between them
// the pattern of its type. It dials or it listens; to the pattern that makes no difference.
type hub struct {
	pattern  pattern
	link     *link.Link     // nil: it listens
	listener *link.Listener // nil: it dials
	state    *link.Status
	release  func()
	closed   func() // called when all has ended; nil: nobody wants to know

	maxMessage int // bytes of a message to be sent
}

// pattern is what a socket type does with connections and messages. But for serve its methods wait for nobody.
type pattern interface {
	serve(ctx context.Context, p *zmtp.Conn) error // runs a connection until it ends; calls p.Run
	send(from *Port, x parcel) error               // takes x, or returns why not; the pattern calls x.left for what it took
	ready() bool                                   // a message that is sent now leaves at once
	idle() bool                                    // nothing is queued
	close()                                        // drops what is queued; the last call, when all connections have ended

	join(*Port) error // an error refuses the port
	retire(*Port)     // it receives nothing any more, and its place is another one's; it may still send
	leave(*Port)      // after that
	resume(*Port)
}

func newHub(c *link.Config, n *counters, t core.SocketType, ep core.Endpoint, o PortOptions, release func()) (*hub, error) {
	h := &hub{maxMessage: int(c.Limits.MaxMessage), pattern: newPattern(&c.Config, n, t, o), release: release}
	limits := limitsFor(t, c.Limits)
	us := zmtp.Self{Type: t, Identity: o.Identity, Limits: limits}
	if o.Bind {
		l, err := link.Listen(c, &n.Counters, ep, us)
		if err != nil {
			return nil, err
		}
		h.listener, h.state = l, new(link.Status)
		h.state.Up()
		l.Start(h.pattern.serve)
		return h, nil
	}
	h.link = link.New(c, &n.Counters, ep, us, link.Role{Serve: h.serve, Down: h.down})
	h.state = h.link.Status()
	h.link.Start()
	return h, nil
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

func newPattern(c *zmtp.Config, n *counters, t core.SocketType, o PortOptions) pattern {
	switch t {
	case core.ROUTER:
		return newRouter(c, n, o.named(t))
	case core.PUB, core.XPUB:
		return newPublisher(c, n, t)
	case core.SUB, core.XSUB:
		return newSubscriber(c, n, t, o.Bind)
	}
	return newBalancer(c, n, t, o.named(t))
}

func (h *hub) endpoint() core.Endpoint {
	if h.link != nil {
		return h.link.Endpoint()
	}
	return h.listener.Endpoint()
}

// serve is part of link.Role.
func (h *hub) serve(ctx context.Context, p *zmtp.Conn) error { return h.pattern.serve(ctx, p) }

// down is part of link.Role. Patterns learn of it when serve returns.
func (h *hub) down(error) {}

// stop is part of gateway.
func (h *hub) stop() {
	if h.link != nil {
		h.link.Stop()
	} else {
		h.listener.Stop()
	}
}

// join is part of gateway.
func (h *hub) join() {
	if h.link != nil {
		h.link.Join()
	} else {
		h.listener.Join()
		h.state.Down(link.ErrClosed)
	}
	h.pattern.close()
	if h.closed != nil {
		h.closed()
	}
}

// lingers is part of lingerer: what has been accepted is to be sent before the socket is closed.
func (h *hub) lingers() bool { return !h.pattern.idle() }
