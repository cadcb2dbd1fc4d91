package server

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// deliver queues a message for a socket. It never blocks: it is called by a gateway on behalf of everybody.
func (s *session) deliver(k *socket, m *outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil && s.sockets[k.id] == k {
		s.deliverLocked(k, m)
	}
}

// deliverLocked is for who knows that the socket is still open.
func (s *session) deliverLocked(k *socket, m *outgoing) {
	l := &k.outbox.main
	if k.outbox.own != nil {
		if own := k.outbox.own.lane(m.body.Topic()); own != nil {
			l = own
		}
	}
	s.offer(l, m)
}

// offer queues a message in a lane, or does as its terms say when there is no room.
func (s *session) offer(l *lane, m *outgoing) {
	if len(m.body) >= shared && s.willWait(l) {
		m.body = slices.Clone(m.body)
	}
	if l.topics != nil && s.conflate(l, m) {
		return
	}
	if !s.fits(l, m) {
		switch {
		case l.overflow == core.CloseSlow:
			s.closeSlow(l)
			return
		case l.dropsOldest():
			s.makeRoom(l, m)
		}
		if !s.fits(l, m) {
			l.missed++
			s.countDropped(l, 1)
			return
		}
	}
	s.queue(l, m)
}

// shared is the size from which a message may hold on to the read buffer of its gateway, 32 KiB (gateway.Subscriber).
const shared = 1 << 10

// willWait tells whether a message is going to be there when others of its buffer have long gone.
func (s *session) willWait(l *lane) bool {
	o := &l.socket.outbox
	return l.topics != nil || o.count >= turn || o.messages <= 0 || o.bytes <= 0 || s.line == nil
}

func (s *session) fits(l *lane, m *outgoing) bool {
	n := l.len()
	return (n < l.hwm || n < l.hwm+l.socket.outbox.slack(l)) && s.queuedBytes+m.cost() <= s.maxQueued()
}

// makeRoom drops what has waited longest, if that helps.
func (s *session) makeRoom(l *lane, m *outgoing) {
	if s.queuedBytes-l.size+m.cost() > s.maxQueued() {
		return
	}
	for l.len() > 0 && !s.fits(l, m) {
		missing, away := l.missing(), l.first().away
		s.drop(l)
		l.lost = missing + 1
		if away {
			l.backendWasAway()
		}
		s.countDropped(l, 1)
	}
	if l != &l.socket.outbox.main {
		s.settle(l)
	}
}

func (s *session) countDropped(l *lane, messages int) {
	s.bridge.counters.dropped.Add(uint64(messages))
	s.bridge.counters.droppedBy[l.overflow].Add(uint64(messages))
}

// queue appends a message to a lane that has room for it.
func (s *session) queue(l *lane, m *outgoing) {
	o := &l.socket.outbox
	o.arrivals++
	m.arrival = o.arrivals
	l.push(m)
	o.count++
	s.queuedBytes += m.cost()
	if l != &o.main {
		s.settle(l)
	}
	if !o.active {
		s.activate(l.socket)
	}
}

// drop takes the first message out of a lane.
func (s *session) drop(l *lane) {
	s.queuedBytes -= l.first().cost()
	l.pop()
	l.socket.outbox.count--
}

// activate puts a socket that can send on the list of those that wait for room.
func (s *session) activate(k *socket) {
	if k.outbox.active || !k.outbox.sendable() {
		return
	}
	k.outbox.active = true
	s.active = append(s.active, k)
	s.wakeWriter()
}

const (
	batchRoom = 64 << 10 // bytes the engine is filled up to
	turn      = 64       // messages a socket sends before the next socket's turn
)

// fill moves messages into the engine, socket by socket in turns, until there is enough for one write.
func (s *session) fill(now time.Duration) {
	s.releaseDue(now)
	for len(s.active) > 0 && s.engine.Queued() < batchRoom {
		k := s.active[0]
		s.active[0] = nil
		s.active = s.active[1:]
		k.outbox.active = false
		for n := 0; n < turn && k.outbox.sendable() && s.engine.Queued() < batchRoom; n++ {
			s.sendNext(k, now)
		}
		if k.outbox.sendable() {
			k.outbox.active = true
			s.active = append(s.active, k)
		}
	}
}

// sendNext sends the first message of a socket and takes its credit. What is missing before it is told before it.
func (s *session) sendNext(k *socket, now time.Duration) {
	o := &k.outbox
	l := o.next()
	if l.first().away {
		s.gap(l, 0, core.Unavailable)
	}
	if missing := l.missing(); missing > 0 {
		s.gap(l, missing, core.Busy)
	}
	if l.conflated > 0 {
		s.gap(l, l.conflated, core.OK)
		l.conflated = 0
	}
	m := l.first()
	if s.engine.Append(m.frame(k)) == nil {
		o.messages--
		o.bytes -= int64(m.size)
		s.bridge.counters.messages.Add(1)
	} else { // the client never sees the message, and could not grant its credit anew
		s.gap(l, 1, core.TooLarge)
		s.bridge.counters.dropped.Add(1)
	}
	placed := m.offset != 0 && o.own != nil
	s.drop(l)
	if placed && l.missed > 0 && l.len() == 0 { // what other lanes send next has its place behind this gap
		s.gap(l, l.missed, core.Busy)
		l.missed = 0
	}
	if l != &o.main {
		s.sent(l, now)
	}
}

func (s *session) gap(l *lane, messages uint64, why core.Code) {
	s.engine.Append(&core.Frame{Kind: core.KindGap, Socket: l.socket.id, ID: l.id, Messages: messages, Code: why})
}

func (m *outgoing) frame(k *socket) *core.Frame {
	f := &core.Frame{Kind: core.KindMessage, Socket: k.id, Body: m.body}
	if m.offset != 0 && k.outbox.inOrder() {
		f.Kind, f.ID, f.Offset = core.KindPublication, m.endpoint, m.offset
	}
	return f
}
