package port

import (
	"context"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/shipment"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// subscriber is the pattern of XSUB, and of SUB that listens: every connected publisher is asked for what the ports want,
// and what it sends goes to those who asked for it. An XSUB also sends messages of its own, to all publishers.
// https://rfc.zeromq.org/spec/29/
//
// Connected, it belongs to one page, which its publisher has to wait for. Listening, it drops what a page has no room for:
// a slow page must not hold up the others.
type subscriber struct {
	members
	listens, sends bool
	allowance      *topic.Allowance // of all prefixes together

	mu      sync.Mutex
	sources map[*source]struct{}
	wanted  map[*Port]map[string]int // how often each port has subscribed to a prefix
	asked   map[string]int           // how many ports want a prefix
}

// source is one publisher, or on a socket that connects the place of one.
type source struct {
	feed          *pubsub.Feed
	subscriptions map[*Port]*pubsub.Subscription
	out           *zmtp.Queue // towards the publisher; nil: there is no connection
	intake        *intake     // of the reader goroutine; nil: the socket listens
}

func newSubscriber(c *zmtp.Config, n *drop.Counters, a *topic.Allowance, t core.SocketType, listens bool) *subscriber {
	s := &subscriber{
		members: members{connections: c, drops: n}, listens: listens, sends: t.Sends(), allowance: a,
		sources: make(map[*source]struct{}), wanted: make(map[*Port]map[string]int), asked: make(map[string]int),
	}
	if !listens {
		s.addSource()
	}
	return s
}

func (s *subscriber) addSource() *source {
	from := &source{subscriptions: make(map[*Port]*pubsub.Subscription)}
	o := pubsub.Options{}
	if s.sends { // an XSUB filters nothing: that is the publisher's business. A SUB does
		o.Unasked = unasked{s, from}
	}
	from.feed = pubsub.NewFeed(s.connections, o)
	s.sources[from] = struct{}{}
	return from
}

// serve is part of pattern.
func (s *subscriber) serve(ctx context.Context, p *zmtp.Conn) error {
	p.Out = zmtp.NewQueue(s.connections)
	from := s.connected(p)
	defer p.Out.Close()
	err := from.feed.Serve(ctx, 0, p)
	from.feed.Down(0)
	for _, live := range s.disconnected(from) {
		live()
	}
	return err
}

// connected finds the source for a fresh connection.
func (s *subscriber) connected(p *zmtp.Conn) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.listens {
		for from := range s.sources {
			from.out, from.intake = p.Out, s.intake(p)
			return from
		}
	}
	from := s.addSource()
	from.out = p.Out
	for x, prefixes := range s.wanted {
		for prefix, count := range prefixes {
			for range count {
				s.subscription(from, x).Join(prefix, nil)
			}
		}
	}
	return from
}

// disconnected notes the end of a connection, and returns what is to be called for it: a subscription is not to wait for
// a publisher that may never come back.
func (s *subscriber) disconnected(from *source) (calls []func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from.out = nil
	if !s.listens {
		return nil
	}
	delete(s.sources, from)
	return from.feed.Abandon()
}

// subscription is what x wants of a source. The caller holds the lock.
func (s *subscriber) subscription(from *source, x *Port) *pubsub.Subscription {
	if from.subscriptions[x] == nil {
		from.subscriptions[x] = from.feed.Attach(delivery{s.drops, from, x})
	}
	return from.subscriptions[x]
}

// delivery is the way from a source to a port.
type delivery struct {
	drops  *drop.Counters
	source *source
	port   *Port
}

// Deliver implements pubsub.Subscriber.
func (d delivery) Deliver(p burst.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) {
		if i := d.source.intake; i != nil {
			i.take(m, i.peer.Gone()) // gives up when the connection has ended
			return
		}
		if !d.port.receive(m) {
			d.drops.Add(drop.SlowPage)
		}
	})
}

// Missed implements pubsub.Misser.
func (d delivery) Missed(topic []byte) {
	if i := d.source.intake; i != nil {
		i.takeExcess(nil, nil) // likewise
		return
	}
	d.port.receiveExcess(topic)
}

// whenLive is part of settling.
func (s *subscriber) whenLive(x *Port, live func()) {
	if all := s.subscriptionsOf(x); len(all) == 1 { // a socket that connects has one source
		all[0].WhenLive(live)
		return
	}
	live()
}

func (s *subscriber) subscriptionsOf(x *Port) (all []*pubsub.Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sources {
		if subscription := from.subscriptions[x]; subscription != nil {
			all = append(all, subscription)
		}
	}
	return all
}

// join is part of pattern.
func (s *subscriber) join(x *Port) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted[x] = make(map[string]int)
	return s.members.join(x)
}

// retire is part of pattern.
func (s *subscriber) retire(x *Port) {
	s.members.retire(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	for prefix := range s.wanted[x] {
		s.unwant(prefix)
	}
	delete(s.wanted, x)
	for from := range s.sources {
		s.subscription(from, x).Close()
		delete(from.subscriptions, x)
	}
}

// send is part of pattern: a subscription, or what an XSUB has to say.
func (s *subscriber) send(from *Port, x parcel) error {
	if !s.sends {
		return errNoSender
	}
	if change, ok := topic.ParseChange(x.message); !ok {
		s.publish(x)
		return nil
	} else if prefix := []byte(change.Prefix); change.Wanted {
		if err := s.subscribe(from, prefix, nil); err != nil {
			return err
		}
	} else {
		s.unsubscribe(from, prefix)
	}
	x.left()
	return nil
}

// publish sends a message to all publishers that have room for it.
func (s *subscriber) publish(x parcel) {
	out := shipment.New(nil, x.message, x.sent)
	s.queue(out, x)
	out.Left()
}

func (s *subscriber) queue(out *shipment.Shipment, x parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sources {
		if from.out == nil {
			s.drops.Add(drop.NoRoute)
		} else if x.sparing && shipment.Behind(from.out) || out.Push(from.out, x.size) != nil {
			s.drops.Add(drop.SlowPeer)
		}
	}
	x.from.shipped.Add(out)
}

// discard drops what a port has said and slow publishers have not taken.
func (s *subscriber) discard(from *Port) { from.dropShipped(&s.mu, s.drops) }

// ready is part of pattern: an XSUB takes everything, once it is connected.
func (s *subscriber) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sources {
		if from.out != nil {
			return true
		}
	}
	return false
}

// idle is part of pattern.
func (s *subscriber) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sources {
		if from.out != nil && !from.out.Empty() {
			return false
		}
	}
	return true
}

// close is part of pattern. Every queue has gone with its connection.
func (s *subscriber) close() {}
