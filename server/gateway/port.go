package gateway

import (
	"bytes"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
)

// Receiver takes the messages of a Port. Receive is called from the reader goroutine of a connection, or from within
// [Port.Resume] and [Factory.Port], never with a lock held, must not block, and owns m. When several peers are connected
// to a socket that listens, calls overlap.
//
// False says that there is no room. The port keeps m, stops reading the connection m came over, which is ZeroMQ's
// back-pressure, and offers m again after [Port.Resume].
//
// As with a [Subscriber], who holds messages for long holds copies.
//
// On a SUB or XSUB that listens m is shared with other pages and must not be modified; and since one page must not hold up
// the others it is not offered again, but dropped and counted.
type Receiver interface {
	Receive(m core.Message) bool
}

// PortOptions say what a page wants of its socket.
type PortOptions struct {
	Identity []byte   // routing id, at most 255 bytes and not beginning with 0, for a socket of its own that connects. Default: none
	Bind     bool     // listen at the endpoint instead of connecting to it
	Receiver Receiver // only for types that receive, and needed there

	// Room is called after a Send that was refused with Busy, once, when it is worth trying again: before Send returns, or
	// from another goroutine, never with a lock held. It must not block. Default: nobody is told.
	Room func()
}

// Port is one page's socket at one endpoint, for the types that send and receive messages unasked. Its methods may be
// called by anybody.
//
// What is behind it depends on the type, see [Factory.Port].
type Port struct {
	hub      *hub
	receiver Receiver
	onRoom   func()
	released atomic.Bool
	refuses  atomic.Bool // it takes no messages any more

	// Guarded by the lock of the members.
	full    bool   // the receiver had no room
	resumed uint64 // how often it had room again
}

// Port opens a socket of type t at ep, which connects, or listens with Bind.
//
// Connecting, PUSH and PUB share one connection with everybody who sends to the same address; all others have one of
// their own. Listening, it depends on the type what becomes of a second port with the same address:
//
//   - PUSH, PULL, DEALER and PUB are shared: what comes goes to the ports in turn, as they have room, and every port sends
//     to all peers.
//   - SUB and XSUB are shared, too, but every port gets all of what it has subscribed to itself. Publishers are subscribed
//     to what all ports want together.
//   - ROUTER, XPUB and PAIR belong to one port at a time; a second one is refused with ErrTaken. A ROUTER's page knows its
//     peers by their routing ids, an XPUB's by what they subscribe to, and nobody could make sense of half of it.
//
// When the last port is released the socket listens on for Config.IdleClose: a page that comes back finds its peers still
// connected. An XPUB's page is then told of all subscriptions there are.
//
// Other errors are Unsupported for a type that is not offered this way, Invalid for the options or the zero endpoint, Busy
// when Config.MaxGateways are in use, Conflict and Unavailable when the address cannot be listened at or is taken, and
// Closed.
func (f *Factory) Port(t core.SocketType, ep core.Endpoint, o PortOptions) (*Port, error) {
	if err := o.check(t); err != nil {
		return nil, err
	}
	h, err := f.hub(t, ep, o)
	if err != nil {
		return nil, err
	}
	p := &Port{hub: h, receiver: o.Receiver, onRoom: o.Room}
	if err := h.pattern.join(p); err != nil {
		h.release()
		return nil, err
	}
	return p, nil
}

// hub finds or opens the hub behind a port.
func (f *Factory) hub(t core.SocketType, ep core.Endpoint, o PortOptions) (*hub, error) {
	key := slotKey{kind: t, endpoint: ep, bind: o.Bind}
	if o.Bind || t == core.PUSH || t == core.PUB {
		o.Identity = nil // one for all would be nobody's
	} else {
		o.Identity = bytes.Clone(o.Identity)
		f.mu.Lock()
		f.serial++
		key.serial = f.serial
		f.mu.Unlock()
	}
	return acquire(f, key, func(release func()) (*hub, error) { return newHub(&f.links, &f.counters, t, ep, o, release) })
}

func (o PortOptions) check(t core.SocketType) error {
	switch {
	case !t.Valid():
		return core.NewError(core.Invalid, "there is no such socket type")
	case t == core.REQ, t == core.REP, t == core.SUB && !o.Bind:
		return core.NewError(core.Unsupported, "a "+t.String()+" socket has a gateway of its own")
	case t.Receives() && o.Receiver == nil:
		return core.NewError(core.Invalid, "a "+t.String()+" socket needs a receiver")
	case len(o.Identity) > maxRoutingID, len(o.Identity) > 0 && o.Identity[0] == 0:
		return core.NewError(core.Invalid, "an identity has at most 255 bytes, and the first is not zero")
	}
	return nil
}

// Send queues a message. The frames of m must not be modified any more. It never blocks.
//
// sent, which may be nil, is called exactly once after a Send without an error, when the message has left the queue: it
// was written to a connection, or dropped where the type drops. That may be before Send returns, from another goroutine,
// and after Release, since what has been accepted is still sent. It must not block.
//
// The error is Busy when too much is queued; TooLarge or Invalid, for m; Unsupported when the type does not send; Closed.
// PUSH, DEALER and PAIR queue while nobody is connected. PUB, XPUB and ROUTER never say Busy: they drop, and count.
func (p *Port) Send(m core.Message, sent func()) error {
	if p.released.Load() || p.refuses.Load() {
		return link.ErrClosed
	}
	if err := core.CheckMessage(m, p.hub.maxMessage); err != nil {
		return err
	}
	return p.hub.pattern.send(p, newParcel(p, m, sent))
}

// Ready tells whether somebody is connected and there is room for a message to him.
func (p *Port) Ready() bool { return p.hub.pattern.ready() }

// Resume says that the receiver, which had no room, has some. It may be called at any time, also from Receive.
func (p *Port) Resume() { p.hub.pattern.resume(p) }

// subscribing is a pattern whose ports subscribe.
type subscribing interface {
	subscribe(x *Port, prefix []byte, live func())
	unsubscribe(x *Port, prefix []byte)
}

// Subscribe is for XSUB, and for SUB that listens; it asks for the messages whose first part begins with prefix. A prefix
// subscribed twice has to be unsubscribed twice.
//
// live, which may be nil, is called once when the subscription is proven live at every publisher that was connected when
// Subscribe was called; a socket that connects waits for its publisher. It is called from another goroutine, or before
// Subscribe returns, never with a lock held.
func (p *Port) Subscribe(prefix []byte, live func()) {
	if s, ok := p.hub.pattern.(subscribing); ok {
		s.subscribe(p, prefix, live)
	}
}

// Unsubscribe undoes one Subscribe of the same prefix. Without one it does nothing.
func (p *Port) Unsubscribe(prefix []byte) {
	if s, ok := p.hub.pattern.(subscribing); ok {
		s.unsubscribe(p, prefix)
	}
}

// Watch reports whether the peer is connected: the present state at once when it is known, then every change. A socket
// that listens is up. After stop returns no further call is begun.
func (p *Port) Watch(w Watcher) (stop func()) { return p.hub.state.Watch(w) }

// Endpoint is where the peer is, or where the socket listens. The port is the real one when port 0 was asked for.
func (p *Port) Endpoint() core.Endpoint { return p.hub.endpoint() }

// Release gives the port back. After it returns no call of its Receiver is begun; one under way may still be running. What
// was sent and waits in the queue is still sent, for as long as Config.IdleClose at most; what was received and not taken
// goes to the next page that shares the socket, or is dropped.
func (p *Port) Release() {
	if p.released.Swap(true) {
		return
	}
	p.hub.pattern.leave(p)
	p.hub.release()
}

// receive offers m to the page.
func (p *Port) receive(m core.Message) bool { return !p.released.Load() && p.receiver.Receive(m) }

// room tells a port that was refused that it may try again.
func (p *Port) room() {
	if p.onRoom != nil && !p.released.Load() {
		p.onRoom()
	}
}
