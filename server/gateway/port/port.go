package port

import (
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/shipment"
)

// Port is one page's socket at one endpoint, for the types that send and receive messages unasked. Its methods may be
// called by anybody.
//
// What is behind it depends on the type, see [Hub].
type Port struct {
	hub      *Hub
	release  func() // gives back what it stands on
	receiver Receiver
	onRoom   func()
	taken    func(bytes int)
	retired  atomic.Bool
	returned func([]core.Message) // nil: messages wait for the next peer
	released atomic.Bool
	refuses  atomic.Bool   // it takes no messages any more
	shipped  shipment.List // guarded by the pattern's lock, where that is one that drops

	// Guarded by the lock of the members.
	full    bool   // the receiver had no room
	resumed uint64 // how often it had room again
}

// Send queues a message. The frames of m must not be modified any more. It never blocks.
//
// sent, which may be nil, is called exactly once after a Send without an error, when the message has left the queue: it
// was written to a connection, or dropped where the type drops. That may be before Send returns, from another goroutine,
// and after Release, since what has been accepted is still sent. It must not block.
//
// The error is Busy when too much is queued; TooLarge or Invalid, for m; Unsupported when the type does not send; Closed.
// PUSH, DEALER and PAIR queue while nobody is connected, unless there is an Options.Returned. PUB, XPUB and ROUTER never say Busy: they drop, and count.
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
	size := int(x.size)
	err := p.hub.pattern.send(p, x)
	if err == nil && p.taken != nil {
		p.taken(size)
	}
	return err
}

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
func (p *Port) Watch(w link.Watcher) (stop func()) { return p.hub.state.Watch(w) }

// Endpoint is where the peer is, or where the socket listens. The port is the real one when port 0 was asked for.
func (p *Port) Endpoint() core.Endpoint { return p.hub.endpoint() }

// Release gives the port back. After it returns no call of its Receiver is begun; one under way may still be running. What
// was sent and waits in the queue is still sent, for as long as gateway.Config.IdleClose at most; what was received and not taken
// goes to the next page that shares the socket, or is dropped.
func (p *Port) Release() {
	if p.released.Swap(true) {
		return
	}
	p.Retire()
	p.hub.pattern.leave(p)
	p.release()
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

// dropShipped drops what the port has sent to peers who have not taken it, where the pattern is one that drops. mu is the
// pattern's lock.
func (p *Port) dropShipped(mu sync.Locker, drops *drop.Counters) {
	mu.Lock()
	all := p.shipped.Take()
	mu.Unlock()
	shipment.DropAll(all, drops)
}

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
