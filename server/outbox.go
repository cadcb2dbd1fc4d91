package server

import "github.com/zmqwebbridge/zmqwebbridge/core"

// outbox holds the messages of one socket that the client has not granted credit for, or that the connection has not
// room for yet. It is bounded by the HWM; what does not fit is dropped, newest first as ZeroMQ does, counted, and told
// to the client as a Gap in front of the next message. The session's lock guards it.
type outbox struct {
	queue    []outgoing
	head     int
	size     int    // payload bytes queued
	missed   uint64 // dropped since the last message that was queued
	messages int64  // credit
	bytes    int64  // credit; the last message may overdraw it
	active   bool   // the session has the socket on its list
}

type outgoing struct {
	body   core.Body
	size   int    // payload bytes, which is what credit counts
	missed uint64 // dropped just before it

	endpoint, offset uint64 // its place in a history; offset 0: it has none
}

func (o *outbox) len() int { return len(o.queue) - o.head }

func (o *outbox) sendable() bool { return o.len() > 0 && o.messages > 0 && o.bytes > 0 }

func (o *outbox) push(body core.Body, size int) {
	if o.head > 0 && len(o.queue) == cap(o.queue) {
		n := copy(o.queue, o.queue[o.head:])
		clear(o.queue[n:])
		o.queue, o.head = o.queue[:n], 0
	}
	o.queue = append(o.queue, outgoing{body: body, size: size, missed: o.missed})
	o.size += size
	o.missed = 0
}

// maxGranted bounds how much of a client's credit makes room here, in messages.
const maxGranted = 1 << 16

// granted is how many queued messages wait for nothing but the writer: a burst does not hit the HWM of a page that keeps up.
func (o *outbox) granted() int {
	if o.bytes <= 0 {
		return 0
	}
	return int(min(max(o.messages, 0), maxGranted))
}

// pop takes the first message and its credit.
func (o *outbox) pop() outgoing {
	m := o.queue[o.head]
	o.queue[o.head] = outgoing{}
	o.head++
	if o.head == len(o.queue) {
		o.queue, o.head = o.queue[:0], 0
	}
	o.size -= m.size
	o.messages--
	o.bytes -= int64(m.size)
	return m
}

// clear forgets everything and returns how many bytes that were.
func (o *outbox) clear() int {
	size := o.size
	*o = outbox{}
	return size
}

// deliver queues a message for a socket. It never blocks: it is called by a gateway on behalf of everybody.
func (s *session) deliver(k *socket, body core.Body, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || s.sockets[k.id] != k {
		return
	}
	o := &k.outbox
	if o.len() >= s.bridge.cfg.HWM+o.granted() || s.queuedBytes+size > s.maxQueued() {
		o.missed++
		s.bridge.counters.dropped.Add(1)
		return
	}
	s.queue(k, body, size)
}

func (s *session) queue(k *socket, body core.Body, size int) {
	k.outbox.push(body, size)
	s.queuedBytes += size
	s.activate(k)
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
func (s *session) fill() {
	for len(s.active) > 0 && s.engine.Queued() < batchRoom {
		k := s.active[0]
		s.active[0] = nil
		s.active = s.active[1:]
		k.outbox.active = false
		for n := 0; n < turn && k.outbox.sendable() && s.engine.Queued() < batchRoom; n++ {
			s.sendMessage(k, k.outbox.pop())
		}
		if k.outbox.sendable() {
			k.outbox.active = true
			s.active = append(s.active, k)
		}
	}
}

func (s *session) sendMessage(k *socket, m outgoing) {
	s.queuedBytes -= m.size
	if m.missed > 0 {
		s.engine.Append(&core.Frame{Kind: core.KindGap, Socket: k.id, Messages: m.missed, Code: core.Busy})
	}
	if s.engine.Append(m.frame(k)) != nil {
		s.engine.Append(&core.Frame{Kind: core.KindGap, Socket: k.id, Messages: 1, Code: core.TooLarge})
		k.outbox.messages++ // the client never sees the message, and could not grant its credit anew
		k.outbox.bytes += int64(m.size)
		s.bridge.counters.dropped.Add(1)
		return
	}
	s.bridge.counters.messages.Add(1)
}

func (m *outgoing) frame(k *socket) *core.Frame {
	f := &core.Frame{Kind: core.KindMessage, Socket: k.id, Body: m.body}
	if m.offset != 0 {
		f.Kind, f.ID, f.Offset = core.KindPublication, m.endpoint, m.offset
	}
	return f
}
