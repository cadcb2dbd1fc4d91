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

// ExcessReceiver is a Receiver that wants to know of messages that were left out because they were over one of Config.Limits.
// It is told where they are missing; ReceiveExcess is called like Receive. The topic is known of a SUB or XSUB alone, and of it
// no more than was read before it was too much.
type ExcessReceiver interface {
	ReceiveExcess(topic []byte) bool
}

// PortOptions say what a page wants of its socket.
type PortOptions struct {
	Identity []byte   // routing id, at most 255 bytes and not beginning with 0, for a socket that connects and is not shared. Default: none
	Bind     bool     // listen at the endpoint instead of connecting to it
	Receiver Receiver // only for types that receive, and needed there

	// Room is called after a Send that was refused with Busy, once, when it is worth trying again: before Send returns, or
	// from another goroutine, never with a lock held. It must not block. Default: nobody is told.
	Room func()

	// Returned is given back what Send has taken and nobody got, when the last peer has gone: the port has forgotten it, and
	// sent is not called for it. It is for PUSH, DEALER and PAIR, which with it say Busy while nobody is connected. Calls are
	// as those of Room. Default: messages wait for the next peer.
	Returned func([]core.Message)
}

// Port is one page's socket at one endpoint, for the types that send and receive messages unasked. Its methods may be
// called by anybody.
//
// What is behind it depends on the type, see [Factory.Port].
type Port struct {
	hub      *hub
	receiver Receiver
	onRoom   func()
	retired  atomic.Bool
	returned func([]core.Message) // nil: messages wait for the next peer
	released atomic.Bool
	refuses  atomic.Bool // it takes no messages any more
	shipped  shipments   // guarded by the pattern's lock, where that is one that drops

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
// A DEALER or ROUTER that connects with an Identity belongs to one port at a time, too: a ROUTER answers only one of two
// peers with the same name. Its connection stays for a few seconds after the last port, and the next one with this name has
// it; see the comment on handover.
//
// When the last port that listens is released the socket listens on for Config.IdleClose: a page that comes back finds its peers still
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
	p := &Port{hub: h, receiver: o.Receiver, onRoom: o.Room, returned: o.Returned}
	if err := h.pattern.join(p); err != nil {
		h.release()
		return nil, err
	}
	return p, nil
}

// hub finds or opens the hub behind a port.
func (f *Factory) hub(t core.SocketType, ep core.Endpoint, o PortOptions) (*hub, error) {
	key := slotKey{kind: t, endpoint: ep, bind: o.Bind}
	o.Identity = bytes.Clone(o.Identity)
	switch {
	case o.Bind || t == core.PUSH || t == core.PUB:
		o.Identity = nil // one for all would be nobody's
	case o.named(t):
		key.identity = string(o.Identity)
	default:
		f.mu.Lock()
		f.serial++
		key.serial = f.serial
		f.mu.Unlock()
	}
	return acquire(f, key, func(release func()) (*hub, error) {
		h, err := newHub(&f.links, &f.counters, t, ep, o, release)
		if err == nil && (t == core.SUB || t == core.XSUB) { // nobody has subscribed yet
			h.pattern.(*subscriber).allowance, h.closed = f.allowances.of(ep, f.config.MaxPrefixBytes)
		}
		return h, err
	})
}

// named tells whether the peers know the socket by its identity.
func (o PortOptions) named(t core.SocketType) bool {
	return !o.Bind && len(o.Identity) > 0 && (t == core.DEALER || t == core.ROUTER)
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
// PUSH, DEALER and PAIR queue while nobody is connected, unless there is a PortOptions.Returned. PUB, XPUB and ROUTER never say Busy: they drop, and count.
func (p *Port) Send(m core.Message, sent func()) error { return p.send(newParcel(p, m, sent)) }

// SendSparing is Send for a page for which much waits already: at a PUB, XPUB or XSUB those peers that are behind miss the
// message, long before their queues are full.
func (p *Port) SendSparing(m core.Message, sent func()) error {
	x := newParcel(p, m, sent)
	x.sparing = true
	return p.send(x)
}

func (p *Port) send(x parcel) error {
	if p.released.Load() || p.refuses.Load() {
		return link.ErrClosed
	}
	if err := core.CheckMessage(x.message, p.hub.maxMessage); err != nil {
		return err
	}
	return p.hub.pattern.send(p, x)
}

// Ready tells whether somebody is connected and there is room for a message to him.
func (p *Port) Ready() bool { return p.hub.pattern.ready() }

// Resume says that the receiver, which had no room, has some. It may be called at any time, also from Receive.
func (p *Port) Resume() { p.hub.pattern.resume(p) }

// subscribing is a pattern whose ports subscribe.
type subscribing interface {
	subscribe(x *Port, prefix []byte, live func()) error
	unsubscribe(x *Port, prefix []byte)
}

// Subscribe is for XSUB, and for SUB that listens; it asks for the messages whose first part begins with prefix. A prefix
// subscribed twice has to be unsubscribed twice.
//
// live, which may be nil, is called once when the subscription is proven live at every publisher that was connected when
// Subscribe was called; a socket that connects waits for its publisher. It is called from another goroutine, or before
// Subscribe returns, never with a lock held.
//
// The error is Busy when publishers are asked for as much as they may be; nothing has happened then.
func (p *Port) Subscribe(prefix []byte, live func()) error {
	if s, ok := p.hub.pattern.(subscribing); ok {
		return s.subscribe(p, prefix, live)
	}
	return nil
}

// Unsubscribe undoes one Subscribe of the same prefix. Without one it does nothing.
func (p *Port) Unsubscribe(prefix []byte) {
	if s, ok := p.hub.pattern.(subscribing); ok {
		s.unsubscribe(p, prefix)
	}
}

// settling is a pattern whose fresh connections are not of use at once.
type settling interface {
	whenLive(x *Port, live func())
}

// WhenLive is for whoever was told by Watch that the peer is connected: it calls live once when a socket that connects is of
// use. An XSUB is when all that it has subscribed to is proven live. A PUB or XPUB is when its peer has subscribed to
// something, and at the latest 100 ms after the handshake, for nobody may ever subscribe. All others are at once, as are those
// that listen. live is called before WhenLive returns, or from another goroutine, never with a lock held; a later call takes
// the place of an earlier one.
func (p *Port) WhenLive(live func()) {
	if s, ok := p.hub.pattern.(settling); ok && p.hub.link != nil {
		s.whenLive(p, live)
		return
	}
	live()
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
	p.Retire()
	p.hub.pattern.leave(p)
	p.hub.release()
}

// Retire ends receiving, and gives up what only one port can have, so that the next one may have it. What Send takes is still
// sent. Release follows.
func (p *Port) Retire() {
	if !p.retired.Swap(true) {
		p.hub.pattern.retire(p)
	}
}

// Discard drops what the port has sent and waits in a queue, before or after Release. Each sent is called.
func (p *Port) Discard() {
	if d, ok := p.hub.pattern.(discarding); ok {
		d.discard(p)
	}
}

// discarding is a pattern that sends.
type discarding interface{ discard(from *Port) }

// receive offers m to the page.
func (p *Port) receive(m core.Message) bool { return !p.retired.Load() && p.receiver.Receive(m) }

// receiveExcess tells the page that a message is missing.
func (p *Port) receiveExcess(topic []byte) bool {
	if p.released.Load() {
		return false
	}
	r, ok := p.receiver.(ExcessReceiver)
	return !ok || r.ReceiveExcess(topic)
}

// room tells a port that was refused that it may try again.
func (p *Port) room() {
	if p.onRoom != nil && !p.released.Load() {
		p.onRoom()
	}
}

// missed tells the page that messages were dropped which were sent to its name before it came.
func (p *Port) missed(messages uint64) {
	if to, ok := p.receiver.(heir); ok && messages > 0 && !p.retired.Load() {
		to.Missed(messages)
	}
}
