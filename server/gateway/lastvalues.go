package gateway

import (
	"bytes"
	"container/list"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// lastValues keeps the last message of every topic, so that a new subscriber need not wait for the next: the guide's
// Last Value Caching (zguide, chapter 5), at the edge instead of in the publisher. A topic is the first part of a
// message. Bounded by count and bytes; the topic that was silent longest goes first. The feed's lock guards it.
type lastValues struct {
	maxCount int
	maxBytes int64
	bytes    int64
	byTopic  map[string]*list.Element
	order    list.List // of value, longest silent first
}

// value is one message as it was delivered.
type value struct {
	message core.Message
	body    core.Body
	offset  uint64 // in the history; 0: it has none, or is a last value, which is no news
}

func (v value) topic() []byte { return v.message[0] }

// newLastValues returns nil when nothing is to be kept.
func newLastValues(c Config) *lastValues {
	if c.LastValues <= 0 {
		return nil
	}
	return &lastValues{maxCount: c.LastValues, maxBytes: c.LastValueBytes, byTopic: map[string]*list.Element{}}
}

// put remembers a message. One that is larger than all there is room for is not kept, nor is what it replaces.
func (l *lastValues) put(v value) {
	if old := l.byTopic[string(v.topic())]; old != nil {
		l.remove(old)
	}
	size := int64(len(v.body))
	if size > l.maxBytes {
		return
	}
	for l.order.Len() >= l.maxCount || l.bytes+size > l.maxBytes {
		l.remove(l.order.Front())
	}
	l.byTopic[string(v.topic())] = l.order.PushBack(v)
	l.bytes += size
}

func (l *lastValues) remove(e *list.Element) {
	v := l.order.Remove(e).(value)
	delete(l.byTopic, string(v.topic()))
	l.bytes -= int64(len(v.body))
}

// under returns what there is of the topics with a prefix, in the order it came.
func (l *lastValues) under(prefix string) []value {
	var values []value
	for e := l.order.Front(); e != nil; e = e.Next() {
		if v := e.Value.(value); bytes.HasPrefix(v.topic(), []byte(prefix)) {
			values = append(values, v)
		}
	}
	return values
}

// forget drops the topics that nobody is subscribed to any more: what is not received any more is not the last value.
func (l *lastValues) forget(prefix string, wanted func(topic []byte) bool) {
	for _, v := range l.under(prefix) {
		if !wanted(v.topic()) {
			l.remove(l.byTopic[string(v.topic())])
		}
	}
}
