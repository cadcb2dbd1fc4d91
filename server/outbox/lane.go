package outbox

import (
	"time"
)

// lane is a queue of messages to the client of a socket. Subscriptions with terms of their own have one each; what comes
// for all the others, or on a socket without subscriptions, shares the main lane.
type lane struct {
	Terms
	queue *Queue
	id    uint64 // of the subscription; 0: the main lane

	entries []Entry
	head    int               // index of the first entry that waits
	topics  map[string]uint64 // where a topic's message stands, counted from the first ever queued; nil: nothing is conflated
	popped  uint64            // how many entries were ever taken from the front, while there are topics
	size    int               // what the queued messages cost

	lost      uint64 // messages that were dropped in front of the first one
	missed    uint64 // messages that were dropped behind the last one
	conflated uint64 // messages that were replaced and not told yet; told in front of the first one
	away      bool   // the backend was away, behind the last one
	absent    absent // what never came, behind the last one

	// Of a lane that is not the main one:

	due  time.Duration // nothing is sent before
	rank int64         // the lane's place in the heap it is in
	in   *laneHeap     // that heap, or nil
	at   int           // the lane's index in it
}

func (l *lane) len() int { return len(l.entries) - l.head }

func (l *lane) first() *Entry { return &l.entries[l.head] }

func (l *lane) push(e *Entry) {
	if l.head > 0 && len(l.entries) == cap(l.entries) {
		n := copy(l.entries, l.entries[l.head:])
		clear(l.entries[n:])
		l.entries, l.head = l.entries[:n], 0
	}
	e.missed, l.missed = l.missed, 0
	e.away, l.away = e.away || l.away, false
	e.absent.add(l.absent)
	l.absent = absent{}
	if l.topics != nil {
		l.topics[string(e.Body.Topic())] = l.popped + uint64(l.len())
	}
	l.entries = append(l.entries, *e)
	l.size += e.cost()
}

// spare is how many places an empty lane keeps. The main lane, which every socket has just one of, keeps all it ever needed.
const spare = 16

// pop takes the first message out.
func (l *lane) pop() {
	e := l.first()
	if l.topics != nil {
		l.forgetTopic(e.Body)
	}
	e.Body, e.block = nil, nil
	l.size -= e.cost()
	l.lost = 0
	l.head++
	if l.head == len(l.entries) {
		l.entries, l.head = l.entries[:0], 0
		if l.id != 0 && cap(l.entries) > spare {
			l.entries = nil
		}
	}
}

// missing is how many messages were dropped before the first one.
func (l *lane) missing() uint64 { return l.first().missed + l.lost }
