package pubsub

import (
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Feed is what one publisher is asked for, and the way of what it sends to those who asked. There may be several publishers,
// which are asked for the same, and whose messages are one stream; they are numbered from 0. It outlives connections.
type Feed struct {
	connections *zmtp.Config
	unasked     *Subscription // gets what nobody subscribed to; nil: it is dropped

	attached atomic.Uint64                 // subscriptions that there ever were
	endpoint atomic.Pointer[core.Endpoint] // for the log: of the last connection
	turns    sync.Mutex                    // see turn

	// Of the reader goroutine whose turn it is: what it gathers, scratch, and the number of the message being routed.
	gathering gathering
	matches   []*topic.Prefix[*Subscription]
	targets   []*Subscription
	number    uint64
	rounds    []burst.Round // one for each share of the subscribers

	mu        sync.RWMutex
	changed   []chan struct{} // of each publisher: holds a token when there is more to be sent to it
	table     topic.Table[*Subscription]
	interest  topic.Interest[*Subscription] // in every prefix in the table
	last      *topic.LastValues             // nil: none are kept
	lately    func(prefix string)           // see Options; never changed
	log       *history.Log                  // nil: none is kept
	isFed     bool                          // what it delivers comes from a stream, and not over connections; see fed.go
	followers map[*Subscription]struct{}    // of the log
	vigils    map[*Subscription]*vigil      // who waits for all prefixes to be live
	counting  counting
	filling   *filling // of what is missing; the turns guard it
}

// Options say what a feed does with messages beside routing them. The zero value: nothing.
type Options struct {
	Allowance *topic.Allowance // bounds the prefixes; nil: nothing does
	Unasked   Subscriber       // is given what nobody subscribed to, which an XPUB may send all the same (ZMQ_XPUB_MANUAL); nil: it is dropped

	Last *topic.LastValues // is given every message that somebody wanted; nil: none are kept
	Log  *history.Log      // is given every message it is about; nil: none is kept

	// Lately is called when a prefix has become live for somebody, and what others have heard under it may be of use, see Seed. It must not wait. Nil: there
	// are no others.
	Lately func(prefix string)

	Sequence access.Sequence    // where the publishers count. Zero: they do not
	Counters *sequence.Counters // for what that says
	Source   Source             // has what is missing, by a count of all that the one publisher says; nil: nobody has
	Budget   topic.Budget       // for what is held back meanwhile; nil: its own bounds limit it
}

// NewFeed makes a feed without a connection. A log is subscribed to at once.
func NewFeed(connections *zmtp.Config, o Options) *Feed {
	f := &Feed{
		connections: connections, changed: []chan struct{}{make(chan struct{}, 1)},
		interest: topic.NewInterest[*Subscription](o.Allowance), last: o.Last, log: o.Log, vigils: make(map[*Subscription]*vigil),
		counting: newCounting(o.Sequence, o.Counters),
	}
	if f.last != nil && f.log == nil {
		f.lately = o.Lately
	}
	f.isFed = o.Log != nil && o.Log.IsCache()
	if f.isFed {
		f.counting.lackers = map[*Subscription]Lacker{}
	}
	f.filling = newFilling(f, o.Source, o.Budget)
	f.endpoint.Store(&core.Endpoint{})
	if o.Unasked != nil {
		f.unasked = f.Attach(o.Unasked)
	}
	if f.counting.ofAll() {
		f.interest.WantAnyway("")
	}
	f.record()
	return f
}

// Add has one more publisher asked for the same, within an allowance of its own.
func (f *Feed) Add(a *topic.Allowance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interest.Add(a)
	f.changed = append(f.changed, make(chan struct{}, 1))
	f.counting.add()
}

// Attach makes a place for a subscriber's prefixes. It has none at first.
func (f *Feed) Attach(s Subscriber) *Subscription {
	x := &Subscription{feed: f, subscriber: s, number: f.attached.Add(1)}
	x.gathered = x.one[:0]
	x.catchUp.forSubscriber(s)
	f.follow(x)
	f.lack(x)
	return x
}

// enlist makes x a subscriber of one more prefix; nil: the allowance does not permit it. The caller holds the lock, and wakes
// when it has let go.
func (f *Feed) enlist(x *Subscription, prefix string) *topic.Member[*Subscription] {
	if x.free {
		f.interest.WantAnyway(prefix)
	} else if !f.interest.Want(prefix) {
		return nil
	}
	m, _ := f.table.Add(prefix, x)
	return m
}

// dismiss undoes enlist. The caller holds the lock, and wakes when it has let go.
func (f *Feed) dismiss(m *topic.Member[*Subscription]) {
	prefix := m.Prefix()
	if !f.table.Remove(m) {
		f.interest.Forgo(prefix, m.Subscriber)
		return
	}
	if prefix != "" || !f.counting.ofAll() {
		f.interest.Drop(prefix)
	}
	wanted := func(topic []byte) bool { return len(f.table.Match(nil, topic)) > 0 }
	if f.last != nil {
		f.last.Forget(prefix, wanted)
	}
	for _, n := range f.counting.counts {
		n.Forget(prefix, wanted)
	}
}

// Abandon forgets who waits for a prefix to be live, and returns what is to be called for that, without a lock.
func (f *Feed) Abandon() (calls []func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.interest.Abandon()
}

// CountLive is how many prefixes are live.
func (f *Feed) CountLive() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.interest.CountLive()
}

// Kept is how many bytes the history and the last values take, and what is held back until older messages are there.
func (f *Feed) Kept() (history, lastValues, held int64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.log != nil {
		history = f.log.Memory()
	}
	if f.last != nil {
		lastValues = f.last.Memory()
	}
	if f.filling != nil {
		held = f.filling.size.Load()
	}
	return history, lastValues, held
}

// Close forgets the last values. Nothing comes over connections any more.
func (f *Feed) Close() {
	f.filling.stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last != nil {
		f.last.Clear()
	}
}

// routeAndKeep finds the subscribers of a message, and remembers it for those who come later, in one step: who subscribes
// meanwhile gets this message once, as one of the targets or as a last value. It returns the offset in the log, or 0. body is the
// message in wire form, if the log may keep that.
func (f *Feed) routeAndKeep(m core.Message, body core.Body) (offset uint64) {
	own := body
	if body == nil || f.last != nil {
		own = core.EncodeBody(m) // which is nobody else's, for it may be kept for long
	}
	if body == nil {
		body = own
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.route(m[0]); len(f.matches) > 0 && f.last != nil {
		f.last.Put(topic.Value(own))
	}
	if f.log != nil {
		offset = f.log.Keep(m[0], body)
	}
	return offset
}

// route finds the subscribers of a topic. The caller holds the lock.
func (f *Feed) route(topic []byte) {
	f.matches = f.table.Match(f.matches[:0], topic)
	for _, prefix := range f.matches {
		for _, member := range prefix.Members {
			if x := member.Subscriber; x.last != f.number {
				x.last = f.number
				f.targets = append(f.targets, x)
			}
		}
	}
}
