package pubsub

import (
	"slices"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/few"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// Subscriber is given the messages one of its prefixes matches: each once, even if several match. They are shared with others
// and must not be modified. Deliver is called from the gateway's reader goroutine, never with a lock held, and must not
// block. Part.Ranges holds only during the call. The messages may be kept, but see Part.Pins.
type Subscriber interface {
	Deliver(p burst.Part)
}

// Subscription is the prefixes of one subscriber. Its methods may be called by anybody, also from Deliver and from live.
type Subscription struct {
	feed       *Feed
	subscriber Subscriber
	follower   Follower // the same, where there is a history and it wants to know where it stands; else nil
	closed     atomic.Bool
	free       bool // needs no allowance: it is the history's

	members few.Map[string, *topic.Member[*Subscription]] // guarded by the feed's lock
	catchUp catchUp
	number  uint64 // counts the subscriptions of the feed

	// Of the reader goroutine:
	last     uint64         // number of the last message that was routed here
	gathered []burst.Range  // what of the messages that are being gathered is to be delivered here
	one      [1]burst.Range // memory for gathered, which most often needs no more
}

// Subscribe asks for the messages whose first part begins with prefix; the empty prefix means all. Like in ZeroMQ a
// prefix subscribed twice has to be unsubscribed twice.
//
// live, which may be nil, is called once when the subscription is proven live upstream: what is published from then on
// arrives. It is called from another goroutine, or before Subscribe returns when the prefix is live already; never with
// a lock held. While the publisher is away it waits for it, and it is not called any more after an Unsubscribe that ends
// the subscription, or Close.
//
// Where last values are kept the subscriber is first given the last message of every topic under the prefix that it did not
// get already, before Subscribe returns.
//
// The error is Busy when the publisher is asked for as much as it may be; nothing has happened then.
func (x *Subscription) Subscribe(prefix []byte, live func()) error {
	isLive, last, err := x.join(string(prefix), x.thenLately(string(prefix), live))
	if err != nil {
		return err
	}
	x.catchUp.run(last, x.deliverNow)
	if isLive && live != nil {
		live()
	}
	return nil
}

// Join is Subscribe for a caller who holds a lock of his own, on a feed without last values and without an allowance: it
// calls nobody. If the prefix is live already it says so, and does not call live.
func (x *Subscription) Join(prefix string, live func()) (isLive bool) {
	isLive, _, _ = x.join(prefix, live)
	return isLive
}

// ErrAskedTooMuch says that a subscription would take more than is allowed.
var ErrAskedTooMuch = core.NewError(core.Busy, "the publisher is asked for too much already: its subscriptions are too long together")

// join notes one Subscribe, tells whether the prefix is live already, and what was published last under it.
func (x *Subscription) join(prefix string, live func()) (isLive bool, last []topic.Value, err error) {
	f := x.feed
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	if x.closed.Load() {
		return false, nil, nil
	}
	last = x.missing(prefix)
	if m := x.members.At(prefix); m != nil {
		m.Count++
	} else if m := f.enlist(x, prefix); m != nil {
		x.members.Set(prefix, m)
	} else {
		return false, nil, ErrAskedTooMuch
	}
	if len(last) > 0 {
		x.catchUp.begin()
	}
	isLive = f.interest.Live(prefix)
	if !isLive && live != nil {
		f.interest.Await(prefix, x, live)
	}
	return isLive, last, nil
}

// missing is the last values under a prefix that no other prefix of x has brought it. The caller holds the lock.
func (x *Subscription) missing(prefix string) []topic.Value {
	last := x.feed.last
	if last == nil || x.members.At(prefix) != nil {
		return nil
	}
	return slices.DeleteFunc(last.Under(prefix), func(v topic.Value) bool { return x.gets(v.Topic()) })
}

// gets tells whether one of the prefixes of x matches a topic. The caller holds the lock.
func (x *Subscription) gets(name []byte) bool {
	return slices.ContainsFunc(x.feed.table.Match(nil, name), func(p *topic.Prefix[*Subscription]) bool {
		return x.members.At(p.Name) != nil
	})
}

// Unsubscribe undoes one Subscribe of the same prefix. Without one it does nothing.
func (x *Subscription) Unsubscribe(prefix []byte) {
	f := x.feed
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	m := x.members.At(string(prefix))
	if m == nil {
		return
	}
	if m.Count--; m.Count == 0 {
		x.members.Delete(m.Prefix())
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
	delete(f.vigils, x)
	if x.follower != nil {
		delete(f.followers, x)
	}
	delete(f.counting.lackers, x)
	for m := range x.members.Values() {
		f.dismiss(m)
	}
	x.members.Clear()
}

// deliver is the reader goroutine's. What comes while x catches up waits behind the last values.
func (x *Subscription) deliver(p burst.Part) {
	if !x.catchUp.defers(p) {
		x.deliverNow(p)
	}
}

func (x *Subscription) deliverNow(p burst.Part) {
	if !x.closed.Load() {
		x.subscriber.Deliver(p)
	}
}
