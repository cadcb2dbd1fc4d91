package gateway

import (
	"context"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// publisher is the pattern of PUB and XPUB: every peer gets the messages it has subscribed to. Every peer has a queue of
// its own; when that is full the newest message is dropped for this peer alone, and counted. An XPUB is also told what
// its peers want: as messages, \x01 or \x00 and the prefix. https://rfc.zeromq.org/spec/29/
type publisher struct {
	members
	tells bool // it is an XPUB

	mu      sync.Mutex
	table   prefixes[*audience]
	matches []*topic[*audience] // scratch
	number  uint64              // of the message being published
	peers   map[*audience]struct{}
}

// audience is one connected subscriber.
type audience struct {
	out     *outbox
	members map[string]*member[*audience] // its prefixes: a set, as in libzmq
	bytes   int                           // of all of them
	last    uint64                        // number of the last message queued
	intake  *intake                       // of an XPUB, which is told what the peer says; otherwise nil
}

// Limits on what a subscriber may ask for.
const (
	maxPrefixes    = 100_000       // per connection
	maxPrefixBytes = 16 * mebibyte // per connection, of all prefixes together
	maxPrefix      = 64 << 10      // of one
)

func newPublisher(e *environment, t core.SocketType) *publisher {
	return &publisher{members: members{env: e}, tells: t.Receives(), peers: make(map[*audience]struct{})}
}

// serve is part of pattern.
func (g *publisher) serve(ctx context.Context, p *peer) error {
	p.out = newOutbox(g.env.config)
	a := &audience{out: p.out, members: make(map[string]*member[*audience])}
	if g.tells {
		a.intake = g.intake(p)
	}
	p.onPrefix = func(prefix []byte, on bool) error { return g.change(a, change{string(prefix), on}, p.gone) }
	p.onMessage = func(m core.Message) error {
		if c, ok := parseChange(m); ok {
			return g.change(a, c, p.gone)
		}
		return a.tell(m, p.gone) // an XSUB may say more than prefixes
	}
	g.connected(a)
	defer g.disconnected(a, ctx.Done())
	return p.run(ctx)
}

func (g *publisher) connected(a *audience) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peers[a] = struct{}{}
}

// disconnected ends the subscriptions of a peer that has gone.
func (g *publisher) disconnected(a *audience, stop <-chan struct{}) {
	for _, prefix := range g.dismiss(a) {
		if a.tell(core.Message{change{prefix: prefix}.frame()}, stop) != nil {
			return
		}
	}
}

// dismiss forgets a peer, and returns the prefixes nobody else has subscribed to.
func (g *publisher) dismiss(a *audience) (gone []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.peers, a)
	for prefix, m := range a.members {
		if g.table.remove(m) {
			gone = append(gone, prefix)
		}
	}
	clear(a.members)
	return gone
}

// tell passes a message to the port of an XPUB.
func (a *audience) tell(m core.Message, stop <-chan struct{}) error {
	if a.intake == nil {
		return nil
	}
	return a.intake.take(m, stop)
}

// change notes a subscription or its end, and tells an XPUB of the first one to a prefix and of the end of the last.
func (g *publisher) change(a *audience, c change, stop <-chan struct{}) error {
	news, err := g.note(a, c)
	if err != nil || !news {
		return err
	}
	return a.tell(core.Message{c.frame()}, stop)
}

func (g *publisher) note(a *audience, c change) (news bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := a.members[c.prefix]
	switch {
	case !c.wanted && m != nil:
		delete(a.members, c.prefix)
		a.bytes -= len(c.prefix)
		return g.table.remove(m), nil
	case c.wanted && m == nil:
		if len(a.members) >= maxPrefixes || len(c.prefix) > maxPrefix || a.bytes+len(c.prefix) > maxPrefixBytes {
			return false, limitError("more than %d subscriptions or %d bytes of them", maxPrefixes, maxPrefixBytes)
		}
		m = g.table.add(c.prefix, a)
		a.members[c.prefix] = m
		a.bytes += len(c.prefix)
		return len(m.topic.members) == 1, nil
	}
	return false, nil
}

// send is part of pattern.
func (g *publisher) send(_ *Port, x parcel) error {
	g.publish(x.message, x.size)
	x.left()
	return nil
}

func (g *publisher) publish(m core.Message, size int64) {
	var out outgoing = publication(m)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.number++
	g.matches = g.table.match(g.matches[:0], m[0])
	if len(g.matches) == 0 {
		g.env.counters.drop(DropUnsubscribed)
	}
	for _, t := range g.matches {
		for _, member := range t.members {
			a := member.subscriber
			if a.last == g.number {
				continue
			}
			a.last = g.number
			if a.out.push(out, size) != nil {
				g.env.counters.drop(DropSlowPeer)
			}
		}
	}
	clear(g.matches)
}

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
		if !a.out.empty() {
			return false
		}
	}
	return true
}

// close is part of pattern. Every queue has gone with its connection.
func (g *publisher) close() {}

// publication is a message on its way to one of its subscribers.
type publication core.Message

// write is part of outgoing.
func (m publication) write(p *peer) error { return p.send(nil, core.Message(m)) }
