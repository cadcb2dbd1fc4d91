package outbox

import (
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Sink is where messages go when they may be sent: a core.Session.
type Sink interface {
	Append(f *core.Frame) error // an error says that the client does not take such a large message

	// AppendSpan appends frames that are encoded already. If they are shared nobody changes them any more, and they are in
	// memory for others, too; else they are copied. An error says that the client does not take as large a frame as the
	// largest; then nothing is appended.
	AppendSpan(frames []byte, count, largest int, shared bool) error

	Queued() int  // bytes appended and not written yet
	Lent() uint64 // how many spans were appended that it refers to; others it copies
}

const (
	batchRoom = 64 << 10 // bytes the sink is filled up to
	turn      = 64       // messages a queue sends before the next queue's turn
)

// Fill moves messages into the sink, one queue after the other in turns, until there is enough for one write.
func (o *Outbox) Fill(now time.Duration, sink Sink) {
	o.frame = frames.Get().(*core.Frame)
	defer o.giveFrame()
	o.releaseDue(now)
	for len(o.active) > 0 && sink.Queued() < batchRoom {
		q := o.active[0]
		o.active[0] = nil
		o.active = o.active[1:]
		q.active = false
		for n := 0; n < turn && q.sendable() && sink.Queued() < batchRoom; n++ {
			o.sendNext(q, now, sink)
		}
		if q.sendable() {
			q.active = true
			o.active = append(o.active, q)
		}
	}
	o.tellOwed(sink)
	o.wake = false // whoever fills goes on until there is nothing more
}

// frames are large, and only one for each processor is of use: an Outbox that has one of its own is in no cache with it.
var frames = sync.Pool{New: func() any { return new(core.Frame) }}

func (o *Outbox) giveFrame() {
	o.frame.Body = nil // which is the last message
	frames.Put(o.frame)
	o.frame = nil
}

// sendNext sends the first message of a queue and takes its credit. What is missing before it is told before it.
func (o *Outbox) sendNext(q *Queue, now time.Duration, sink Sink) {
	l := q.next()
	o.tellMissing(l, sink)
	e := l.first()
	if !e.TooLarge && sink.Append(o.message(q, e)) == nil {
		q.messages--
		q.bytes -= int64(e.Size)
		o.count().Sent++
	} else { // the client never sees the message, and could not grant its credit anew
		o.gap(l, 1, core.TooLarge, sink)
		o.count().TooLarge++
	}
	o.pop(l)
	o.tellTail(l, sink)
	if l.id != 0 {
		o.sent(l, now)
	}
}

// tellMissing tells the client what it does not get in front of the first message of a lane.
func (o *Outbox) tellMissing(l *lane, sink Sink) {
	if l.first().away {
		o.gap(l, 0, core.Unavailable, sink)
	}
	if lacks := l.first().absent; lacks > 0 {
		o.gap(l, lacks.number(), core.Lost, sink)
	}
	if missing := l.missing(); missing > 0 {
		o.gap(l, missing, core.Busy, sink)
	}
	if l.conflated > 0 {
		o.gap(l, l.conflated, core.OK, sink)
		l.conflated = 0
	}
}

// tellTail tells the client what it does not get behind the last message of a lane, once that was sent: it may be the last
// for a long time, and what other lanes send next has its place behind this gap.
func (o *Outbox) tellTail(l *lane, sink Sink) {
	if l.len() > 0 {
		return
	}
	if missing := l.missed + l.lost; missing > 0 {
		l.missed, l.lost = 0, 0
		o.gap(l, missing, core.Busy, sink)
	}
	if lacks := l.absent; lacks > 0 {
		if l.away {
			l.away = false
			o.gap(l, 0, core.Unavailable, sink)
		}
		l.absent = 0
		o.gap(l, lacks.number(), core.Lost, sink)
	}
}

// owe notes that something is to be told of a lane that is empty: messages were dropped for which there was no room, because other lanes
// had taken it, or that never came.
func (o *Outbox) owe(q *Queue) {
	if !q.owes {
		q.owes = true
		o.owing = append(o.owing, q)
	}
	o.wake = true
}

// tellOwed tells of what is missing in lanes that are empty. As long as there is hardly any room, and more is dropped every
// moment, it waits, so that it is one Gap in the end.
func (o *Outbox) tellOwed(sink Sink) {
	if len(o.owing) == 0 || o.bytes > o.limit/2 {
		return
	}
	for _, q := range o.owing {
		q.owes = false
		for l := range q.lanes() {
			o.tellTail(l, sink)
		}
	}
	o.owing = o.owing[:0]
}

func (o *Outbox) gap(l *lane, messages uint64, why core.Code, sink Sink) {
	*o.frame = core.Frame{Kind: core.KindGap, Socket: l.queue.socket, ID: l.id, Messages: messages, Code: why}
	if l.id >= FirstSpoken {
		o.frame.ID = 0
	}
	sink.Append(o.frame)
	*o.frame = core.Frame{}
	o.count().Gaps.add(why)
}

// message is the frame of a message. With its place in a history it is a Publication, if that place says that all before
// it has been sent. The frame is the outbox's scratch, of which these fields are all that is ever set between two calls:
// a Frame is large, and to clear all of it for each message could be measured.
func (o *Outbox) message(q *Queue, e *Entry) *core.Frame {
	f := o.frame
	f.Kind, f.Socket, f.ID, f.Offset, f.Body = core.KindMessage, q.socket, 0, 0, e.Body
	if e.Offset != 0 && q.InOrder() {
		f.Kind, f.ID, f.Offset = core.KindPublication, e.Endpoint, e.Offset
	}
	return f
}
