package outbox

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Verdict is what has become of a message that was offered.
type Verdict uint8

const (
	Queued  Verdict = iota // it waits, and nothing was dropped for it
	Counted                // it, or another one, was dropped or replaced: TakeCounts says so
	Closed                 // the subscription asked to be closed rather than to lose anything: the Queue is closed
)

// Offer queues a message, or does as the terms of its lane say when there is no room. It is for messages that nobody can
// hold back: those of a publisher.
func (q *Queue) Offer(e *Entry) Verdict {
	if q.closed {
		return Closed
	}
	return q.box.offer(q.laneOf(e.Body.Topic()), e)
}

func (o *Outbox) offer(l *lane, e *Entry) Verdict {
	if e.pins || e.block != nil && l.topics != nil { // it is the last of its burst that is kept, perhaps for long
		e.Body, e.pins, e.block = slices.Clone(e.Body), false, nil
	}
	if l.topics != nil && o.conflate(l, e) {
		return Counted
	}
	verdict := Queued
	if !o.fits(l, e) {
		verdict = Counted
		switch {
		case l.Overflow == core.CloseSlow:
			o.drop(l, l.queue.Len()+1)
			l.queue.Close()
			return Closed
		case l.dropsOldest():
			o.makeRoom(l, e)
		}
		if !o.fits(l, e) {
			l.missed++
			l.absent.add(e.absent)
			o.drop(l, 1)
			if l.len() == 0 {
				o.owe(l.queue)
			}
			return Counted
		}
	}
	o.push(l, e)
	return verdict
}

// fits tells whether there is room for a message in a lane.
func (o *Outbox) fits(l *lane, e *Entry) bool {
	n := l.len()
	return (n < l.HWM || n < l.HWM+l.queue.slack(l)) && o.bytes+e.cost() <= o.limit
}

// makeRoom drops what has waited longest in a lane, if that helps.
func (o *Outbox) makeRoom(l *lane, e *Entry) {
	if o.bytes-l.size+e.cost() > o.limit {
		return
	}
	for l.len() > 0 && !o.fits(l, e) {
		missing, away, lacks := l.missing(), l.first().away, l.first().absent
		o.pop(l)
		l.lost = missing + 1
		if away {
			l.backendWasAway()
		}
		l.next().add(lacks)
		o.drop(l, 1)
	}
	if l.id != 0 {
		o.settle(l)
	}
}

// drop counts messages that are not going to be sent.
func (o *Outbox) drop(l *lane, messages int) { o.count().Dropped[l.Overflow] += uint64(messages) }

// push appends a message to a lane that has room for it.
func (o *Outbox) push(l *lane, e *Entry) {
	q := l.queue
	q.arrivals++
	e.arrival = q.arrivals
	l.push(e)
	q.count++
	o.bytes += e.cost()
	o.loans.begin(e)
	if l.id != 0 {
		o.settle(l)
	}
	if !q.active {
		o.activate(q)
	}
}

// pop takes the first message out of a lane.
func (o *Outbox) pop(l *lane) {
	o.bytes -= l.first().cost()
	o.loans.end(l.first())
	l.pop()
	l.queue.count--
}

// HasRoom tells whether a message of so many payload bytes would wait for the writer alone: the client is there, and has
// granted credit for it.
func (q *Queue) HasRoom(size int) bool {
	return q.box.attached && q.Len() < q.granted() && q.box.bytes+size <= q.box.limit
}

// Take queues a message if there is room for it, and tells whether there was. It is for messages that can be held back at
// their source, which then feels that the client is slow.
func (q *Queue) Take(e *Entry) bool {
	if !q.HasRoom(e.Size) {
		return false
	}
	q.box.push(&q.main, e)
	return true
}

// Room is how much may be read, from where it is kept, for the client: as many messages as would wait for the writer alone,
// and as many payload bytes.
func (q *Queue) Room() (messages, bytes int) {
	messages = q.granted() - q.Len()
	bytes = min(int(q.bytes)-q.main.size, q.box.limit-q.box.bytes)
	if !q.box.attached || messages <= 0 || bytes <= 0 {
		return 0, 0
	}
	return messages, bytes
}
