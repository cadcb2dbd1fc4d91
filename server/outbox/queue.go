package outbox

import (
	"iter"
	"maps"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/few"
)

// Queue is what waits for one socket of a client: messages for which the client has not granted credit yet, or for which
// there is no room on the connection at the moment.
type Queue struct {
	box    *Outbox
	socket uint32
	closed bool

	main     lane
	own      *branches               // nil: no subscription has a lane of its own
	prefixes few.Map[uint64, []byte] // of the subscriptions, by their numbers
	count    int                     // messages in all lanes
	arrivals int64                   // messages that were ever queued

	messages int64 // credit
	bytes    int64 // credit; the last message may overdraw it
	active   bool  // the queue is on the outbox's list
	owes     bool  // it is on the outbox's list of those that owe a Gap
}

// Len is how many messages wait.
func (q *Queue) Len() int { return q.count }

// Credit is how many messages the client has room for.
func (q *Queue) Credit() int64 { return q.messages }

// Arrivals numbers the messages of the socket: it is the number of the one that was queued last.
func (q *Queue) Arrivals() int64 { return q.arrivals }

// Grant adds credit. It returns false for more than any client could mean: such a client cannot count.
func (q *Queue) Grant(messages, bytes uint64) bool {
	if messages > core.MaxCredit || bytes > core.MaxCredit ||
		q.messages+int64(messages) > core.MaxCredit || q.bytes+int64(bytes) > core.MaxCredit {
		return false
	}
	q.messages += int64(messages)
	q.bytes += int64(bytes)
	q.box.activate(q)
	return true
}

// Close forgets everything that waits, for good. Nothing is queued any more; the subscriptions stay known.
func (q *Queue) Close() {
	if q.closed {
		return
	}
	o := q.box
	for l := range q.lanes() {
		l.leave()
		o.forget(l)
	}
	isThis := func(other *Queue) bool { return other == q }
	o.active, o.owing = slices.DeleteFunc(o.active, isThis), slices.DeleteFunc(o.owing, isThis)
	q.closed, q.active, q.owes = true, false, false
	q.main, q.own, q.count = lane{queue: q}, nil, 0
	q.messages, q.bytes = 0, 0
}

// lanes are the main lane and all others.
func (q *Queue) lanes() iter.Seq[*lane] {
	return func(yield func(*lane) bool) {
		if !yield(&q.main) || q.own == nil {
			return
		}
		for l := range maps.Values(q.own.lanes) {
			if !yield(l) {
				return
			}
		}
	}
}

// sendable tells whether there is a message that may be sent now, and credit for it.
func (q *Queue) sendable() bool {
	return (q.main.len() > 0 || q.own != nil && len(q.own.ready.lanes) > 0) && q.messages > 0 && q.bytes > 0
}

// next is the lane whose first message came before those of all others that may be sent. It is for a queue that has one.
func (q *Queue) next() *lane {
	if q.own == nil || len(q.own.ready.lanes) == 0 {
		return &q.main
	}
	l := q.own.ready.first()
	if q.main.len() > 0 && q.main.first().arrival < l.rank {
		return &q.main
	}
	return l
}

// maxGranted bounds how much of a client's credit makes room here, in messages.
const maxGranted = 1 << 16

// granted is how many queued messages wait for the writer alone, because the client has granted credit for them. They do
// not count against the high-water mark, so that a burst does not hit the mark of a page that keeps up.
func (q *Queue) granted() int {
	if q.bytes <= 0 {
		return 0
	}
	return int(min(max(q.messages, 0), maxGranted))
}

// slack is how many messages a lane may hold beyond its high-water mark now. Credit that messages of other lanes wait for
// makes no room in this one, and none makes room in a lane that waits for its time.
func (q *Queue) slack(l *lane) int {
	if l.interval > 0 {
		return 0
	}
	return max(0, q.granted()-(q.count-l.len()))
}
