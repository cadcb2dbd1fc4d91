package gateway

import (
	"slices"
	"sync/atomic"
)

// Subscription is the prefixes of one subscriber. Its methods may be called by anybody, also from Deliver and from live.
type Subscription struct {
	feed       *feed
	subscriber Subscriber
	follower   Follower // the same, where there is a history and it wants to know; else nil
	closed     atomic.Bool

	members map[string]*member[*Subscription] // guarded by the feed's lock
	catchUp catchUp
	last    uint64 // of the reader goroutine: number of the last message routed here
}

// Subscribe asks for the messages whose first part begins with prefix; the empty prefix means all. Like in ZeroMQ a
// prefix subscribed twice has to be unsubscribed twice.
//
// live, which may be nil, is called once when the subscription is proven live upstream: what is published from then on
// arrives. It is called from another goroutine, or before Subscribe returns when the prefix is live already; never with
// a lock held. While the publisher is away it waits for it, and it is not called any more after an Unsubscribe that ends
// the subscription, or Close.
//
// With Config.LastValues the subscriber is first given the last message of every topic under the prefix that it did not
// get already, before Subscribe returns.
func (x *Subscription) Subscribe(prefix []byte, live func()) {
	isLive, last := x.join(string(prefix), live)
	x.catchUp.run(last, x.deliverNow)
	if isLive && live != nil {
		live()
	}
}

// join notes one Subscribe, tells whether the prefix is live already, and what was published last under it.
func (x *Subscription) join(prefix string, live func()) (isLive bool, last []value) {
	f := x.feed
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	if x.closed.Load() {
		return false, nil
	}
	if last = x.missing(prefix); len(last) > 0 {
		x.catchUp.begin()
	}
	if m := x.members[prefix]; m != nil {
		m.count++
	} else {
		x.members[prefix] = f.enlist(x, prefix)
	}
	i := f.wanted[prefix]
	if !i.live && live != nil {
		i.waiting = append(i.waiting, waiter{x, live})
	}
	return i.live, last
}

// missing is the last values under a prefix that no other prefix of x has brought it. The caller holds the lock.
func (x *Subscription) missing(prefix string) []value {
	l := x.feed.last
	if l == nil || x.members[prefix] != nil {
		return nil
	}
	return slices.DeleteFunc(l.under(prefix), func(v value) bool {
		return slices.ContainsFunc(x.feed.table.match(nil, v.topic()), func(t *topic[*Subscription]) bool {
			return x.members[t.prefix] != nil
		})
	})
}

// Unsubscribe undoes one Subscribe of the same prefix. Without one it does nothing.
func (x *Subscription) Unsubscribe(prefix []byte) {
	f := x.feed
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	m := x.members[string(prefix)]
	if m == nil {
		return
	}
	if m.count--; m.count == 0 {
		delete(x.members, m.topic.prefix)
		f.dismiss(m)
	}
}

// Close ends every subscription. After it returns no further Deliver is begun; one under way in another goroutine may
// still be running.
func (x *Subscription) Close() {
	f := x.feed
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	x.closed.Store(true)
	if x.follower != nil {
		delete(f.history.followers, x)
	}
	for _, m := range x.members {
		f.dismiss(m)
	}
	clear(x.members)
}

// deliver is the reader goroutine's. What comes while x catches up waits behind the last values.
func (x *Subscription) deliver(v value) {
	if !x.catchUp.defers(v) {
		x.deliverNow(v)
	}
}

func (x *Subscription) deliverNow(v value) {
	switch {
	case x.closed.Load():
	case v.offset > 0 && x.follower != nil:
		x.follower.DeliverAt(v.offset, v.message, v.body)
	default:
		x.subscriber.Deliver(v.message, v.body)
	}
}
