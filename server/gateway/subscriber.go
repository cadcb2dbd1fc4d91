package gateway

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// subscriber is the pattern of XSUB, and of SUB that listens: every connected publisher is asked for what the ports want,
// and what it sends goes to those who asked for it. An XSUB also sends messages of its own, to all publishers.
// https://rfc.zeromq.org/spec/29/
//
// Connected, it belongs to one page, which its publisher has to wait for. Listening, it drops what a page has no room for:
// a slow page must not hold up the others.
type subscriber struct {
	members
	endpoint core.Endpoint
	listens  bool
	sends    bool

	mu      sync.Mutex
	sources map[*source]struct{}
	wanted  map[*Port]map[string]int // how often each port has subscribed to a prefix
}

// source is one publisher, or when the socket connects, the place of one.
type source struct {
	*feed
	subscriptions map[*Port]*Subscription
	out           *outbox // nil: there is no connection
	intake        *intake // of the reader goroutine; nil: the socket listens
}

func newSubscriber(e *environment, t core.SocketType, ep core.Endpoint, listens bool) *subscriber {
	s := &subscriber{
		members: members{env: e}, endpoint: ep, listens: listens, sends: t == core.XSUB,
		sources: make(map[*source]struct{}), wanted: make(map[*Port]map[string]int),
	}
	if !listens {
		s.sources[newSource(e)] = struct{}{}
	}
	return s
}

// serve is part of pattern.
func (s *subscriber) serve(ctx context.Context, p *peer) error {
	p.out = newOutbox(s.env.config)
	f := s.connected(p)
	err := f.serve(ctx, p)
	f.down(err)
	for _, live := range s.disconnected(f) {
		live()
	}
	return err
}

// connected finds the feed for a fresh connection.
func (s *subscriber) connected(p *peer) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.listens {
		for f := range s.sources {
			f.out, f.intake = p.out, s.intake(p)
			return f
		}
	}
	f := newSource(s.env)
	f.out = p.out
	s.sources[f] = struct{}{}
	for x, prefixes := range s.wanted {
		for prefix, count := range prefixes {
			for range count {
				s.subscription(f, x).join(prefix, nil)
			}
		}
	}
	return f
}

// disconnected notes the end of a connection, and returns whom to tell: nobody waits for a publisher that may not return.
func (s *subscriber) disconnected(f *source) (calls []func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.out = nil
	if !s.listens {
		return nil
	}
	delete(s.sources, f)
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

// subscription is what x wants of f. The caller holds the lock.
func (s *subscriber) subscription(f *source, x *Port) *Subscription {
	if f.subscriptions[x] == nil {
		f.subscriptions[x] = f.attach(delivery{f, x})
	}
	return f.subscriptions[x]
}

// delivery is the way from a feed to a port. It implements Subscriber.
type delivery struct {
	source *source
	port   *Port
}

// Deliver implements Subscriber. The body is of no use here.
func (d delivery) Deliver(m core.Message, _ core.Body) {
	if i := d.source.intake; i != nil {
		// When it gives up, the connection has ended.
		_ = i.take(m, i.peer.gone)
		return
	}
	if !d.port.receive(m) {
		d.source.env.counters.drop(DropSlowPage)
	}
}

// subscribe is part of subscribing.
func (s *subscriber) subscribe(x *Port, prefix []byte, live func()) {
	if live == nil {
		live = func() {}
	}
	var missing atomic.Int64 // publishers at which it is not live
	missing.Store(1)
	proven := func() {
		if missing.Add(-1) == 0 {
			live()
		}
	}
	s.mu.Lock()
	if s.wanted[x] != nil {
		s.wanted[x][string(prefix)]++
		for f := range s.sources {
			missing.Add(1)
			if isLive, _ := s.subscription(f, x).join(string(prefix), proven); isLive {
				missing.Add(-1)
			}
		}
		defer proven()
	}
	s.mu.Unlock()
}

// unsubscribe is part of subscribing.
func (s *subscriber) unsubscribe(x *Port, prefix []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wanted[x][string(prefix)] == 0 {
		return
	}
	if s.wanted[x][string(prefix)]--; s.wanted[x][string(prefix)] == 0 {
		delete(s.wanted[x], string(prefix))
	}
	for f := range s.sources {
		s.subscription(f, x).Unsubscribe(prefix)
	}
}

// join is part of pattern.
func (s *subscriber) join(x *Port) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted[x] = make(map[string]int)
	return s.members.join(x)
}

// leave is part of pattern.
func (s *subscriber) leave(x *Port) {
	s.members.leave(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wanted, x)
	for f := range s.sources {
		s.subscription(f, x).Close()
		delete(f.subscriptions, x)
	}
}

// send is part of pattern: a subscription, or what an XSUB has to say.
func (s *subscriber) send(from *Port, x parcel) error {
	if !s.sends {
		return errNoSender
	}
	if first := x.message[0]; len(x.message) > 1 || len(first) == 0 || first[0] > subscribeByte {
		s.publish(x)
	} else if first[0] == subscribeByte {
		s.subscribe(from, first[1:], nil)
	} else {
		s.unsubscribe(from, first[1:])
	}
	x.left()
	return nil
}

// publish sends a message to all publishers that have room for it.
func (s *subscriber) publish(x parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.sources {
		if f.out == nil {
			s.env.counters.drop(DropNoRoute)
		} else if f.out.push(publication(x.message), x.size) != nil {
			s.env.counters.drop(DropSlowPeer)
		}
	}
}

// ready is part of pattern: an XSUB takes everything, once it is connected.
func (s *subscriber) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.sources {
		if f.out != nil {
			return true
		}
	}
	return false
}

// idle is part of pattern.
func (s *subscriber) idle() bool { return true }

// close is part of pattern.
func (s *subscriber) close() {}
