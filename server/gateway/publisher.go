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
	peers   int
}

// audience is one connected subscriber.
type audience struct {
	out     *outbox
	members map[string]*member[*audience] // its prefixes: a set, as in libzmq
	bytes   int                           // of all of them
	last    uint64                        // number of the last message queued

	tell func(prefix []byte, on bool, stop <-chan struct{}) error // of an XPUB; otherwise nil
}

// Limits on what a subscriber may ask for.
const (
	maxPrefixes    = 100_000       // per connection
	maxPrefixBytes = 16 * mebibyte // per connection, of all prefixes together
	maxPrefix      = 64 << 10      // of one
)

func newPublisher(e *environment, t core.SocketType) *publisher {
	return &publisher{members: members{env: e}, tells: t == core.XPUB}
}

// serve is part of pattern.
func (g *publisher) serve(ctx context.Context, p *peer) error {
	p.out = newOutbox(g.env.config)
	a := &audience{out: p.out, members: make(map[string]*member[*audience])}
	say := func(core.Message) error { return nil } // an XSUB may say more than prefixes
	if g.tells {
		in := g.intake(p)
		say = func(m core.Message) error { return in.take(m, p.gone) }
		a.tell = func(prefix []byte, on bool, stop <-chan struct{}) error {
			return in.take(core.Message{change{string(prefix), on}.frame()}, stop)
		}
	}
	p.onPrefix = func(prefix []byte, on bool) error { return g.change(a, prefix, on, p.gone) }
	p.onMessage = func(m core.Message) error {
		if len(m) != 1 || len(m[0]) == 0 || m[0][0] > subscribeByte {
			return say(m)
		}
		return g.change(a, m[0][1:], m[0][0] == subscribeByte, p.gone)
	}
	g.count(1)
	defer g.count(-1)
	defer g.forget(a, ctx.Done())
	return p.run(ctx)
}

func (g *publisher) count(peers int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peers += peers
}

// change notes a subscription or its end, and tells an XPUB of the first and of the end of the last.
func (g *publisher) change(a *audience, prefix []byte, on bool, stop <-chan struct{}) error {
	news, err := g.note(a, prefix, on)
	if err == nil && news && a.tell != nil {
		err = a.tell(prefix, on, stop)
	}
	return err
}

func (g *publisher) note(a *audience, prefix []byte, on bool) (news bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := a.members[string(prefix)]
	switch {
	case !on && m != nil:
		delete(a.members, m.topic.prefix)
		a.bytes -= len(prefix)
		return g.table.remove(m), nil
	case on && m == nil:
		if len(a.members) >= maxPrefixes || len(prefix) > maxPrefix || a.bytes+len(prefix) > maxPrefixBytes {
			return false, limitError("more than %d subscriptions or %d bytes of them", maxPrefixes, maxPrefixBytes)
		}
		m = g.table.add(string(prefix), a)
		a.members[m.topic.prefix] = m
		a.bytes += len(prefix)
		return len(m.topic.members) == 1, nil
	}
	return false, nil
}

// forget removes a subscriber that has gone.
func (g *publisher) forget(a *audience, stop <-chan struct{}) {
	for _, prefix := range g.dismiss(a) {
		if a.tell != nil && a.tell([]byte(prefix), false, stop) != nil {
			return
		}
	}
}

// dismiss ends all subscriptions of a, and returns the prefixes nobody else has.
func (g *publisher) dismiss(a *audience) (gone []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for prefix, m := range a.members {
		if g.table.remove(m) {
			gone = append(gone, prefix)
		}
	}
	clear(a.members)
	return gone
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
	return g.peers > 0
}

// idle is part of pattern.
func (g *publisher) idle() bool { return true }

// close is part of pattern. Every queue has gone with its connection.
func (g *publisher) close() {}

// publication is a message on its way to one of its subscribers.
type publication core.Message

// write is part of outgoing.
func (m publication) write(p *peer) error { return p.send(nil, core.Message(m)) }
