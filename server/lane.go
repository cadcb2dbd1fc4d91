package server

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// lane is a queue of messages to the client of a socket. Subscriptions with terms of their own have one each; what comes
// for all the others, or on a socket without subscriptions, shares the main lane. The session's lock guards it.
type lane struct {
	terms
	socket *socket
	id     uint64 // of the subscription; 0: the main lane

	queue  []outgoing
	head   int
	topics map[string]uint64 // where a topic's message stands, counted from the first ever queued; nil: nothing is conflated
	popped uint64            // how many were ever taken from the front, while there are topics
	size   int               // what the queued messages cost

	lost      uint64 // dropped in front of the first message
	missed    uint64 // dropped behind the last one
	conflated uint64 // in front of the first message
	away      bool   // the backend was, behind the last message

	// Of a lane that is not the main one:

	due  time.Duration // nothing is sent before
	rank int64         // its place in the heap it is in
	in   *laneHeap
	at   int
}

type outgoing struct {
	body    core.Body
	size    int    // payload bytes, which is what credit counts
	missed  uint64 // dropped just before it
	away    bool   // the backend was, just before it
	arrival int64  // orders the messages of a socket, whatever lanes they are in

	endpoint, offset uint64 // its place in a history; offset 0: it has none
}

// place is what a queued message costs besides its payload: without it, empty ones would cost nothing.
const place = 128

func (m *outgoing) cost() int { return m.size + place }

func (l *lane) len() int { return len(l.queue) - l.head }

func (l *lane) first() *outgoing { return &l.queue[l.head] }

func (l *lane) push(m *outgoing) {
	if l.head > 0 && len(l.queue) == cap(l.queue) {
		n := copy(l.queue, l.queue[l.head:])
		clear(l.queue[n:])
		l.queue, l.head = l.queue[:n], 0
	}
	m.missed, l.missed = l.missed, 0
	m.away, l.away = m.away || l.away, false
	if l.topics != nil {
		l.topics[string(m.body.Topic())] = l.popped + uint64(l.len())
	}
	l.queue = append(l.queue, *m)
	l.size += m.cost()
}

// spare is how many places an empty lane keeps; the main lane, which is one a socket, keeps all it ever needed.
const spare = 16

// pop takes the first message out.
func (l *lane) pop() {
	m := l.first()
	if l.topics != nil {
		l.forgetTopic(m.body)
	}
	m.body = nil
	l.size -= m.cost()
	l.lost = 0
	l.head++
	if l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
		if l.id != 0 && cap(l.queue) > spare {
			l.queue = nil
		}
	}
}

// missing is how many messages were dropped before the first one.
func (l *lane) missing() uint64 { return l.first().missed + l.lost }
