package port

import (
	"context"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/shipment"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// publisher is the pattern of PUB and XPUB: every peer gets the messages it has subscribed to. Every peer has a queue of
// its own; when that is full the newest message is dropped for this peer alone, and counted. An XPUB is also told what
// its peers want: as messages, \x01 or \x00 and the prefix. Since they are for one to hear, it belongs to one page at a
// time. https://rfc.zeromq.org/spec/29/
type publisher struct {
	members
	herald *herald // nil: it is a PUB

	mu      sync.Mutex
	table   topic.Table[*audience]
	matches []*topic.Prefix[*audience] // scratch
	number  uint64                     // of the message being published
	peers   map[*audience]struct{}
	met     time.Time // when the last of them came

	openings openings
}

// audience is one connected subscriber.
type audience struct {
	out     *zmtp.Queue
	members map[string]*topic.Member[*audience] // its prefixes: a set, as in libzmq
	bytes   int                                 // of all of them
	last    uint64                              // number of the last message queued
}

// Limits on what a subscriber may ask for.
const (
	maxPrefixes    = 100_000  // per connection
	maxPrefixBytes = 16 << 20 // per connection, of all prefixes together
)

func newPublisher(c *zmtp.Config, n *drop.Counters, t core.SocketType) *publisher {
	g := &publisher{members: members{connections: c, drops: n}, peers: make(map[*audience]struct{}), openings: newOpenings()}
	if t.Receives() {
		g.herald, g.members.limit = newHerald(), 1
	}
	return g
}

// serve is part of pattern.
func (g *publisher) serve(ctx context.Context, p *zmtp.Conn) error {
	p.Out = zmtp.NewQueue(g.connections)
	defer p.Out.Close()
	a := &audience{out: p.Out, members: make(map[string]*topic.Member[*audience])}
	p.OnPrefix = func(prefix []byte, on bool) error {
		return g.change(a, topic.Change{Prefix: string(prefix), Wanted: on})
	}
	in := g.intake(p)
	p.OnMessage = func(m core.Message) error {
		if c, ok := topic.ParseChange(m); ok {
			return g.change(a, c)
		}
		if g.herald == nil {
			return nil
		}
		return in.take(m, p.Gone()) // an XSUB may say more than prefixes
	}
	if g.herald != nil {
		p.OnExcess = in.takeExcess
	}
	g.connected(a)
	defer g.disconnected(a)
	return p.Run(ctx)
}

func (g *publisher) connected(a *audience) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peers[a] = struct{}{}
	g.met = time.Now()
}

// disconnected ends the subscriptions of a peer that has gone.
func (g *publisher) disconnected(a *audience) {
	defer g.tell()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.peers, a)
	for prefix, m := range a.members {
		if g.table.Remove(m) {
			g.news(topic.Change{Prefix: prefix})
		}
	}
	clear(a.members)
}

// change notes a subscription or its end.
func (g *publisher) change(a *audience, c topic.Change) error {
	defer g.tell()
	err := g.note(a, c)
	if err == nil && c.Wanted {
		g.openings.end()
	}
	return err
}

// news notes for an XPUB the first subscription to a prefix, or the end of the last. The caller holds the lock.
func (g *publisher) news(c topic.Change) {
	if g.herald != nil {
		g.herald.note(c)
	}
}

// tell tells the page of an XPUB what is new to it.
func (g *publisher) tell() {
	if g.herald != nil {
		g.herald.tell()
	}
}

func (g *publisher) note(a *audience, c topic.Change) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := a.members[c.Prefix]
	switch {
	case !c.Wanted && m != nil:
		delete(a.members, c.Prefix)
		a.bytes -= len(c.Prefix)
		if g.table.Remove(m) {
			g.news(c)
		}
	case c.Wanted && m == nil:
		if len(a.members) >= maxPrefixes || len(c.Prefix) > zmtp.MaxPrefix || a.bytes+len(c.Prefix) > maxPrefixBytes {
			return zmtp.LimitError("more than %d subscriptions or %d bytes of them", maxPrefixes, maxPrefixBytes)
		}
		m, first := g.table.Add(c.Prefix, a)
		a.members[c.Prefix] = m
		a.bytes += len(c.Prefix)
		if first {
			g.news(c)
		}
	}
	return nil
}

// whenLive is part of settling.
func (g *publisher) whenLive(x *Port, live func()) {
	wait, heard := g.patience()
	if heard || wait <= 0 {
		live()
		return
	}
	g.openings.begin(x, live, wait)
	if _, heard := g.patience(); heard { // meanwhile
		g.openings.end()
	}
}

// patience is for how long a first subscription is worth waiting for, and whether there is one.
func (g *publisher) patience() (wait time.Duration, heard bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	wait = openingGrace
	for a := range g.peers { // none yet: the connection is about to be served
		if len(a.members) > 0 {
			return 0, true
		}
		wait = openingGrace - time.Since(g.met)
	}
	return wait, false
}

// join is part of pattern.
func (g *publisher) join(x *Port) error {
	if err := g.members.join(x); err != nil || g.herald == nil {
		return err
	}
	g.herald.attach(x)
	g.herald.tell()
	return nil
}

// retire is part of pattern.
func (g *publisher) retire(x *Port) {
	if g.herald != nil {
		g.herald.attach(nil) // before another page may join
	}
	g.openings.leave(x)
	g.members.retire(x)
}

// resume is part of pattern.
func (g *publisher) resume(x *Port) {
	g.tell()
	g.members.resume(x)
}

// send is part of pattern.
func (g *publisher) send(_ *Port, x parcel) error {
	g.publish(x)
	return nil
}

func (g *publisher) publish(x parcel) {
	out := shipment.New(nil, x.message, x.sent)
	g.queue(out, x)
	out.Left()
}

// queue puts a message into the queues of those who want it.
func (g *publisher) queue(out *shipment.Shipment, x parcel) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.number++
	g.matches = g.table.Match(g.matches[:0], x.message[0])
	if len(g.matches) == 0 {
		g.drops.Add(drop.Unsubscribed)
	}
	for _, prefix := range g.matches {
		for _, member := range prefix.Members {
			a := member.Subscriber
			if a.last == g.number {
				continue
			}
			a.last = g.number
			if x.sparing && shipment.Behind(a.out) || out.Push(a.out, x.size) != nil {
				g.drops.Add(drop.SlowPeer)
			}
		}
	}
	clear(g.matches)
	x.from.shipped.Add(out)
}

// discard drops what a port has published and slow peers have not taken.
func (g *publisher) discard(from *Port) { from.dropShipped(&g.mu, g.drops) }

// ready is part of pattern: a PUB takes everything, once it is connected.
func (g *publisher) ready() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.peers) > 0
}

// idle is part of pattern.
func (g *publisher) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for a := range g.peers {
		if !a.out.Empty() {
			return false
		}
	}
	return true
}

// close is part of pattern. Every queue has gone with its connection.
func (g *publisher) close() {}
