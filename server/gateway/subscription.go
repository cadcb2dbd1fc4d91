package gateway

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Subscription is the prefixes of one subscriber. Its methods may be called by anybody, also from Deliver and from live.
type Subscription struct {
	gateway    *SubGateway
	subscriber Subscriber
	closed     atomic.Bool

	members map[string]*member[*Subscription] // guarded by the gateway's lock
	last    uint64                            // of the reader goroutine: number of the last message routed here
}

// Subscribe asks for the messages whose first part begins with prefix; the empty prefix means all. Like in ZeroMQ a
// prefix subscribed twice has to be unsubscribed twice.
//
// live, which may be nil, is called once when the subscription is proven live upstream: what is published from then on
// arrives. It is called from another goroutine, or before Subscribe returns when the prefix is live already; never with
// a lock held. While the publisher is away it waits for it, and it is not called any more after an Unsubscribe that ends
// the subscription, or Close.
func (x *Subscription) Subscribe(prefix []byte, live func()) {
	if x.join(string(prefix), live) && live != nil {
		live()
	}
}

// join notes one Subscribe and tells whether the prefix is live already.
func (x *Subscription) join(prefix string, live func()) bool {
	g := x.gateway
	defer g.wake()
	g.mu.Lock()
	defer g.mu.Unlock()
	if x.closed.Load() {
		return false
	}
	if m := x.members[prefix]; m != nil {
		m.count++
	} else {
		x.members[prefix] = g.enlist(x, prefix)
	}
	i := g.wanted[prefix]
	if !i.live && live != nil {
		i.waiting = append(i.waiting, waiter{x, live})
	}
	return i.live
}

// Unsubscribe undoes one Subscribe of the same prefix. Without one it does nothing.
func (x *Subscription) Unsubscribe(prefix []byte) {
	g := x.gateway
	defer g.wake()
	g.mu.Lock()
	defer g.mu.Unlock()
	m := x.members[string(prefix)]
	if m == nil {
		return
	}
	if m.count--; m.count == 0 {
		delete(x.members, m.topic.prefix)
		g.dismiss(m)
	}
}

// Close ends every subscription. After it returns no further Deliver is begun; one under way in another goroutine may
// still be running.
func (x *Subscription) Close() {
	g := x.gateway
	defer g.wake()
	g.mu.Lock()
	defer g.mu.Unlock()
	x.closed.Store(true)
	for _, m := range x.members {
		g.dismiss(m)
	}
	clear(x.members)
}

func (x *Subscription) deliver(m core.Message, body core.Body) {
	if !x.closed.Load() {
		x.subscriber.Deliver(m, body)
	}
}
