package server

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// replayOn lets feeds go on that read from a history, as far as their clients have granted credit. It is called whenever
// there may be room: after each batch that was read, and each that was written. No lock is held.
func (s *session) replayOn() {
	s.mu.Lock()
	feeds := s.replaying // never modified in place
	s.mu.Unlock()
	for _, d := range feeds {
		d.replayOn()
	}
}

// replayOn reads until there is no room, or nothing more to read: then the feed is live. One goroutine at a time does it,
// so the order stays; it sees what room others have made.
func (d *feed) replayOn() {
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.reading {
		return
	}
	d.reading = true
	for d.tellGap() {
		messages, bytes := s.replayRoom(d.socket)
		if messages == 0 {
			break
		}
		replay := d.replay
		s.mu.Unlock()
		items, more := replay.Next(messages, bytes)
		s.mu.Lock()
		if d.replay != replay {
			break // released meanwhile
		}
		d.queue(items)
		if !more {
			d.meet(replay.Offset())
		}
	}
	d.reading = false
}

// tellGap says what is missing in what was read, once all before it has been sent, and tells whether to read on.
func (d *feed) tellGap() bool {
	s, k := d.socket.session, d.socket
	if d.replay == nil || s.over != nil || s.sockets[k.id] != k {
		return false
	}
	if d.gap == nil {
		return true
	}
	if !k.outbox.passed(d.arrival) {
		return false
	}
	s.sendLocked(d.gap)
	d.gap = nil
	return true
}

// replayTurn is how many messages are read in one go.
const replayTurn = 256

// replayRoom is what may be read for a socket: as many messages as nothing but the writer stands between and the client.
func (s *session) replayRoom(k *socket) (messages, bytes int) {
	o := &k.outbox
	messages = min(o.granted()-o.len(), replayTurn)
	bytes = min(int(o.bytes)-o.main.size, s.maxQueued()-s.queuedBytes)
	if s.line == nil || messages <= 0 || bytes <= 0 {
		return 0, 0
	}
	return messages, bytes
}

// queue puts what was read where live messages go, too. A gap is the last of what is read in one go.
func (d *feed) queue(items []gateway.Replayed) {
	s, k := d.socket.session, d.socket
	if s.over != nil {
		return
	}
	for _, item := range items {
		if s.sockets[k.id] != k {
			return // closed, as the terms of one of its lanes say
		}
		if item.Gap != core.OK {
			s.bridge.counters.dropped.Add(item.Missed)
			d.arrival = k.outbox.arrivals
			d.gap = &core.Frame{Kind: core.KindGap, Socket: k.id, Messages: item.Missed, Code: item.Gap}
			return
		}
		d.handOn(item.Offset)
		s.bridge.counters.replayed.Add(1)
		s.deliverLocked(k, &outgoing{body: item.Body, size: item.Size, endpoint: d.number, offset: item.Offset})
	}
}

// meet ends a replay that has read all there was up to some place, unless more has come meanwhile and was left to it. What
// comes from now on is delivered, if it was not read.
func (d *feed) meet(read uint64) {
	if d.gap != nil || d.leftOver > read {
		return
	}
	d.phase = live
	d.reached = max(d.reached, read)
	d.stopReplay()
}

// close gives the feed's gateway back.
func (d *feed) close() {
	d.release()
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.replay != nil {
		d.stopReplay()
	}
}

// stopReplay forgets the replay. The lock is held.
func (d *feed) stopReplay() {
	s := d.socket.session
	d.replay = nil
	s.replaying = slices.DeleteFunc(slices.Clone(s.replaying), func(other *feed) bool { return other == d })
}
