package outbox

import "github.com/zmqwebbridge/zmqwebbridge/core"

// begin makes an empty lane conflate, or not, as its terms say.
func (l *lane) begin() {
	switch {
	case !l.conflates():
		l.topics = nil
	case l.topics == nil:
		l.topics = map[string]uint64{}
		l.popped = 0
	}
}

// waiting is the message of a topic that has not been sent yet, or nil.
func (l *lane) waiting(topic []byte) *Entry {
	number, waits := l.topics[string(topic)]
	if !waits {
		return nil
	}
	return &l.entries[l.head+int(number-l.popped)]
}

// forgetTopic is told that the first message leaves.
func (l *lane) forgetTopic(body core.Body) {
	topic := body.Topic()
	if l.topics[string(topic)] == l.popped { // otherwise a later message of the topic waits as well, see conflate
		delete(l.topics, string(topic))
	}
	l.popped++
}

// conflate puts a message in the place of the one of its topic that waits, and tells whether there was one. A topic keeps
// its place, so that none waits for ever because it changes all the time. A larger message for which there is no room
// any more is treated like any other, as the lane's policy says; its topic may have two messages then.
func (o *Outbox) conflate(l *lane, e *Entry) bool {
	old := l.waiting(e.Body.Topic())
	if old == nil {
		return false
	}
	grown := e.Size - old.Size
	if grown > 0 && o.bytes+grown > o.limit {
		return false
	}
	e.missed, e.away, e.arrival = old.missed, e.away || old.away, old.arrival
	e.absent.add(old.absent)
	*old = *e
	l.size += grown
	o.bytes += grown
	l.conflated++
	o.count().Conflated++
	return true
}
