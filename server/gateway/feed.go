package gateway

import (
	"context"
	"slices"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// feed is what one publisher is asked for, and the way of what it sends to those who asked. It outlives connections.
type feed struct {
	env  *environment
	bare bool // subscribers have no use for encoded bodies, and get nil

	changed chan struct{} // holds a token when unsent has grown

	// Of the reader goroutine: scratch, and the number of the message being routed.
	matches []*topic[*Subscription]
	targets []*Subscription
	number  uint64

	mu     sync.RWMutex
	table  prefixes[*Subscription]
	wanted map[string]*interest // every prefix in the table
	unsent map[string]struct{}  // prefixes whose state, wanted or not, is to be sent upstream; nil while down
	last   *lastValues          // nil: none are kept

	history *history // nil: none is kept
}

// interest is what there is to know about a wanted prefix.
type interest struct {
	sent    bool     // over this connection, or an earlier interest was and is not canceled yet
	live    bool     // proven to be applied upstream
	waiting []waiter // to be told when it is
}

// waiter is somebody who wants to know when a prefix is live.
type waiter struct {
	subscription *Subscription
	live         func()
}

func newFeed(e *environment) *feed {
	return &feed{env: e, changed: make(chan struct{}, 1), wanted: make(map[string]*interest)}
}

// attach makes a place for a subscriber's prefixes. It has none at first.
func (f *feed) attach(s Subscriber) *Subscription {
	x := &Subscription{feed: f, subscriber: s, members: make(map[string]*member[*Subscription])}
	f.follow(x)
	return x
}

// serve is part of role.
func (f *feed) serve(ctx context.Context, p *zmtp.Conn) error {
	s := &synchronizer{feed: f, peer: p}
	if p.Out == nil {
		p.Out = zmtp.NewQueue(&f.env.links.Config)
	}
	p.OnMessage = f.receive
	if f.last != nil || f.history != nil {
		p.KeepMessages()
	}
	p.OnPong = s.pong
	p.Patience = s.patience
	f.resubscribe()

	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	// The synchronizer is ended by ctx and joined here; when it fails, so does the connection.
	synced := make(chan struct{})
	go func() {
		defer close(synced)
		end(s.run(ctx))
	}()
	err := p.Run(ctx)
	end(err)
	<-synced
	return err
}

// down is part of role: nothing is live any more, and nothing is to be sent.
func (f *feed) down(error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unsent = nil
	for _, i := range f.wanted {
		i.sent, i.live = false, false
	}
	if f.history != nil {
		f.history.interrupt()
	}
}

// resubscribe marks every prefix to be sent: a new connection knows none.
func (f *feed) resubscribe() {
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unsent = make(map[string]struct{}, len(f.wanted))
	for prefix := range f.wanted {
		f.unsent[prefix] = struct{}{}
	}
}

// enlist makes x a subscriber of one more prefix. The caller holds the lock, and wakes when it has let go.
func (f *feed) enlist(x *Subscription, prefix string) *member[*Subscription] {
	if f.wanted[prefix] == nil {
		_, canceling := f.unsent[prefix]
		f.wanted[prefix] = &interest{sent: canceling}
	}
	// It is sent also when somebody else has asked before: that changes nothing for a PUB, and a publisher that hands
	// out last values (XPUB_VERBOSE) wants to hear of every subscriber.
	if f.unsent != nil {
		f.unsent[prefix] = struct{}{}
	}
	return f.table.add(prefix, x)
}

// dismiss undoes enlist. The caller holds the lock, and wakes when it has let go.
func (f *feed) dismiss(m *member[*Subscription]) {
	prefix := m.topic.prefix
	i := f.wanted[prefix]
	if !f.table.remove(m) {
		i.waiting = slices.DeleteFunc(i.waiting, func(w waiter) bool { return w.subscription == m.subscriber })
		return
	}
	delete(f.wanted, prefix)
	if f.last != nil {
		f.last.forget(prefix, func(topic []byte) bool { return len(f.table.match(nil, topic)) > 0 })
	}
	if i.sent {
		f.unsent[prefix] = struct{}{}
	} else {
		delete(f.unsent, prefix) // it never left: there is nothing to cancel
	}
}

// abandon forgets who waits for a prefix to be live, and returns what is to be called for that.
func (f *feed) abandon() (calls []func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.wanted {
		for _, w := range i.waiting {
			calls = append(calls, w.live)
		}
		i.waiting = nil
	}
	return calls
}

// wake tells the synchronizer that there is something to send.
func (f *feed) wake() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// receive routes one message. It runs in the reader goroutine.
func (f *feed) receive(m core.Message, body core.Body) error {
	f.number++
	f.targets = f.targets[:0]
	offset := uint64(0)
	if f.last == nil && f.history == nil {
		f.mu.RLock()
		f.route(m[0])
		f.mu.RUnlock()
	} else {
		// Who subscribes meanwhile gets this message once: as one of the targets, or as a last value.
		if body == nil {
			body = core.EncodeBody(m)
		}
		f.mu.Lock()
		if f.route(m[0]); len(f.matches) > 0 && f.last != nil {
			f.last.put(value{message: m, body: body})
		}
		if f.history != nil {
			offset = f.history.keep(m[0], body)
		}
		f.mu.Unlock()
	}
	if len(f.targets) > 0 && body == nil && !f.bare {
		body = core.EncodeBody(m)
	}
	for _, x := range f.targets {
		x.deliver(value{m, body, offset})
	}
	if offset > 0 {
		f.history.delivered.Store(offset)
	}
	clear(f.targets)
	clear(f.matches)
	return nil
}

// route finds the subscribers of a topic. The caller holds the lock.
func (f *feed) route(topic []byte) {
	f.matches = f.table.match(f.matches[:0], topic)
	for _, t := range f.matches {
		for _, member := range t.members {
			if x := member.subscriber; x.last != f.number {
				x.last = f.number
				f.targets = append(f.targets, x)
			}
		}
	}
}
