package port

import (
	"context"
	"slices"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// balancer is the pattern of PUSH, PULL, DEALER and PAIR: out in turn to the peers that have room, in fairly from all of
// them. While no peer is connected messages queue up for the next one, and what a peer did not take goes to another.
//
// https://rfc.zeromq.org/spec/28/ (DEALER), https://rfc.zeromq.org/spec/30/ (PUSH, PULL), https://rfc.zeromq.org/spec/31/ (PAIR)
type balancer struct {
	members
	sends, receives bool
	single          bool // one page and one peer at a time

	mu      sync.Mutex
	pipes   []*pipe // towards the connected peers
	turn    int
	spare   *pipe   // what waits while there is no peer; nil: nothing does
	refused []*Port // to be told when there is room
	closed  bool
}

func newBalancer(c *zmtp.Config, n *drop.Counters, t core.SocketType, named bool) *balancer {
	b := &balancer{members: members{connections: c, drops: n}, sends: t.Sends(), receives: t.Receives(), single: t == core.PAIR}
	if b.single || named {
		b.members.limit = 1
	}
	if named {
		b.members.handover = new(handover)
	}
	return b
}

// serve is part of pattern.
func (b *balancer) serve(ctx context.Context, p *zmtp.Conn) error {
	p.Out = zmtp.Wakeups()
	p.OnMessage = b.unexpected
	p.OnAnswer = b.tell
	if b.receives {
		in := b.intake(p)
		defer b.parted(p)
		p.OnMessage = func(m core.Message) error { return in.take(m, p.Gone()) }
		p.OnExcess = in.takeExcess
	}
	l := b.connected(p)
	if l == nil {
		b.drops.Add(drop.TooMany)
		p.Close()
		return errPaired
	}
	defer b.disconnected(l)
	return p.Run(ctx)
}

func (b *balancer) unexpected(core.Message) error {
	b.drops.Add(drop.Malformed)
	return nil
}

// connected adds a pipe for a fresh connection: the one that waits for it, or a new one. Nil: the connection is one too
// many.
func (b *balancer) connected(p *zmtp.Conn) *pipe {
	defer b.tell()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.single && len(b.pipes) > 0 {
		return nil
	}
	l := b.sparePipe()
	b.spare = nil
	l.attach(p)
	b.pipes = append(b.pipes, l)
	return l
}

// disconnected removes the pipe of a connection that has ended.
func (b *balancer) disconnected(l *pipe) {
	l.detach()
	for port, messages := range b.remove(l) {
		port.returned(messages)
	}
	b.tell()
}

// remove takes a pipe away. What it holds goes to other peers; where there are none it waits for the next one, but for what
// is to be returned to its port.
func (b *balancer) remove(l *pipe) map[*Port][]core.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pipes = slices.DeleteFunc(b.pipes, func(other *pipe) bool { return other == l })
	if len(b.pipes) == 0 {
		b.spare = l
		return l.takeReturned()
	}
	for _, x := range l.clear() {
		b.nextAnswering().force(x)
	}
	return nil
}

// sparePipe is what waits for a peer. The caller holds the lock.
func (b *balancer) sparePipe() *pipe {
	if b.spare == nil {
		b.spare = newPipe(b.connections, b.tell)
	}
	return b.spare
}

// next is the pipe whose turn it is; there is one. The caller holds the lock.
func (b *balancer) next() *pipe {
	b.turn = (b.turn + 1) % len(b.pipes)
	return b.pipes[b.turn]
}

// nextAnswering is next, past peers that do not answer, if there are others. The caller holds the lock.
func (b *balancer) nextAnswering() *pipe {
	for range b.pipes {
		if l := b.next(); l.answers() {
			return l
		}
	}
	return b.next()
}

// send is part of pattern.
func (b *balancer) send(from *Port, x parcel) error {
	if !b.sends {
		return errNoSender
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || from.refuses.Load() {
		return link.ErrClosed
	}
	if b.push(x) {
		return nil
	}
	b.refuse(from)
	return zmtp.ErrQueueFull
}

// refuse has a port told when there is room. The caller holds the lock.
func (b *balancer) refuse(x *Port) {
	if !slices.Contains(b.refused, x) {
		b.refused = append(b.refused, x)
	}
}

// push queues x for the next peer that has room. One that does not answer gets it only where none does. The caller holds the
// lock.
func (b *balancer) push(x parcel) bool {
	if len(b.pipes) == 0 {
		return x.from.returned == nil && b.sparePipe().push(x) == nil
	}
	for _, answering := range []bool{true, false} {
		found := false
		for range b.pipes {
			l := b.next()
			if l.answers() != answering {
				continue
			}
			if found = true; l.push(x) == nil {
				return true
			}
		}
		if found {
			break
		}
	}
	return false
}

// ready is part of pattern.
func (b *balancer) ready() bool { return b.reach() == ReachReady }

// reach is part of reaching: that of the peer who is best to be reached.
func (b *balancer) reach() Reach {
	b.mu.Lock()
	defer b.mu.Unlock()
	best := ReachAway
	for _, l := range b.pipes {
		best = max(best, l.reach())
	}
	return best
}

// await is part of reaching.
func (b *balancer) await(x *Port) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse(x)
}

// tell is called when there may be room.
func (b *balancer) tell() {
	b.mu.Lock()
	refused := b.refused
	b.refused = nil
	b.mu.Unlock()
	for _, x := range refused {
		x.room()
	}
}

// idle is part of pattern.
func (b *balancer) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	busy := func(l *pipe) bool { return !l.empty() }
	return (b.spare == nil || b.spare.empty()) && !slices.ContainsFunc(b.pipes, busy)
}

// leave is part of pattern.
func (b *balancer) leave(x *Port) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = slices.DeleteFunc(b.refused, func(other *Port) bool { return other == x })
}

// discard drops what a port has sent. There is room then for others.
func (b *balancer) discard(from *Port) {
	defer b.tell()
	var discarded []parcel
	b.mu.Lock()
	for _, l := range b.pipes {
		discarded = append(discarded, l.takeFrom(from)...)
	}
	if b.spare != nil {
		discarded = append(discarded, b.spare.takeFrom(from)...)
	}
	b.mu.Unlock()
	discard(b.drops, discarded, drop.Closed)
}

// close is part of pattern. The pipes of all connections have become the spare one.
func (b *balancer) close() {
	b.mu.Lock()
	spare := b.spare
	b.spare, b.closed = nil, true
	b.mu.Unlock()
	if spare != nil {
		discard(b.drops, spare.clear(), drop.Closed)
	}
}
