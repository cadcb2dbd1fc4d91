package port

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Hub is a ZeroMQ socket at one endpoint: connections on one side, the ports of pages on the other, and between them
// the pattern of its type. It dials or it listens; to the pattern that makes no difference.
type Hub struct {
	pattern  pattern
	link     *link.Link     // nil: it listens
	listener *link.Listener // nil: it dials
	state    *link.Status

	maxMessage int // bytes of a message to be sent
}

// Config is what a hub is made with. All of it has to be set, but for the allowance.
type Config struct {
	Links     *link.Config
	Counters  *link.Counters
	Drops     *drop.Counters
	Allowance *topic.Allowance // of a SUB or XSUB: how much its publishers may be asked for
}

// Open makes a socket of type t, which dials ep, or listens there with Options.Bind; of the options only this one and the
// Identity are for all ports. Stop and Join end it. The error is that of link.Listen.
func Open(c Config, t core.SocketType, ep core.Endpoint, o Options) (*Hub, error) {
	h := &Hub{maxMessage: int(c.Links.Limits.MaxMessage), pattern: newPattern(c, t, o)}
	us := zmtp.Self{Type: t, Identity: o.Identity, Limits: c.Links.Limits.For(t)}
	if o.Bind {
		l, err := link.Listen(c.Links, c.Counters, ep, us)
		if err != nil {
			return nil, err
		}
		h.listener, h.state = l, l.Status()
		l.Start(h.pattern.serve)
		return h, nil
	}
	h.link = link.New(c.Links, c.Counters, ep, us, link.Role{Serve: h.serve, Down: h.down})
	h.state = h.link.Status()
	h.link.Start()
	return h, nil
}

// Attach makes a port. release is called when it is given back. The error is Conflict when the socket belongs to one port at
// a time, and another one has it.
func (h *Hub) Attach(o Options, release func()) (*Port, error) {
	p := &Port{hub: h, receiver: o.Receiver, onRoom: o.Room, taken: o.Taken, returned: o.Returned, release: release}
	if err := h.pattern.join(p); err != nil {
		return nil, err
	}
	return p, nil
}

func (h *Hub) endpoint() core.Endpoint {
	if h.link != nil {
		return h.link.Endpoint()
	}
	return h.listener.Endpoint()
}

// Status tells whether a peer is connected, or the socket listens.
func (h *Hub) Status() *link.Status { return h.state }

// serve is part of link.Role.
func (h *Hub) serve(ctx context.Context, p *zmtp.Conn) error { return h.pattern.serve(ctx, p) }

// down is part of link.Role. Patterns learn of it when serve returns.
func (h *Hub) down(error) {}

// Move ends the connections if the address has changed: it dials the new one, or listens there.
func (h *Hub) Move() {
	if h.link != nil {
		h.link.Move()
	} else {
		h.listener.Move()
	}
}

// Stop begins to end the socket and does not wait; the address it listens at is free afterwards.
func (h *Hub) Stop() {
	if h.link != nil {
		h.link.Stop()
	} else {
		h.listener.Stop()
	}
}

// Join returns when everything the socket started has ended. What is queued then is dropped. It comes after Stop.
func (h *Hub) Join() {
	if h.link != nil {
		h.link.Join()
	} else {
		h.listener.Join()
		h.state.Down(link.ErrClosed)
	}
	h.pattern.close()
}

// Lingers tells whether something that was accepted has yet to be sent, which it is to be before the socket is closed.
func (h *Hub) Lingers() bool { return !h.pattern.idle() }
