package server

import "github.com/zmqwebbridge/zmqwebbridge/core"

// begin makes a lane conflate if its terms say so. It is empty.
func (l *lane) begin() {
	if l.conflates() && l.topics == nil {
		l.topics = map[string]uint64{}
	}
}

// waiting is the message of a topic that has not been sent yet, or nil.
func (l *lane) waiting(topic []byte) *outgoing {
	number, waits := l.topics[string(topic)]
	if !waits {
		return nil
	}
	return &l.queue[l.head+int(number-l.popped)]
}

// forgetTopic is told that the first message leaves.
func (l *lane) forgetTopic(body core.Body) {
	topic := body.Topic()
	if l.topics[string(topic)] == l.popped { // else there is a later one, see conflate
		delete(l.topics, string(topic))
	}
	l.popped++
}

// conflate puts a message in the place of the one of its topic that waits, and tells whether there was one. A topic keeps
// its place, so that none waits for ever because it changes all the time. A larger message for which the connection has
// no room is left to the lane's policy like any other; the topic may have two messages then.
func (s *session) conflate(l *lane, m *outgoing) bool {
	old := l.waiting(m.body.Topic())
	if old == nil {
		return false
	}
	grown := m.size - old.size
	if grown > 0 && s.queuedBytes+grown > s.maxQueued() {
		return false
	}
	m.missed, m.away, m.arrival = old.missed, old.away, old.arrival
	*old = *m
	l.size += grown
	s.queuedBytes += grown
	l.conflated++
	s.bridge.counters.conflated.Add(1)
	return true
}
