package topic

import (
	"bytes"
	"container/list"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// LastValues keeps the last message of every topic, so that a new subscriber need not wait for the next: the guide's
// Last Value Caching (zguide, chapter 5), at the edge instead of in the publisher. A topic is the first part of a
// message. It is bounded by count and bytes; the topic that was silent longest goes first.
type LastValues struct {
	maxCount int
	maxBytes int64
	bytes    int64
	byTopic  map[string]*list.Element
	order    list.List // of Value, longest silent first
}

// Value is a message in wire form.
type Value core.Body

// Topic is what the message is about.
func (v Value) Topic() []byte { return core.Body(v).Topic() }

// NewLastValues makes one that keeps at most so many messages and so many bytes of them. It returns nil when maxCount is not
// positive: nothing is to be kept.
func NewLastValues(maxCount int, maxBytes int64) *LastValues {
	if maxCount <= 0 {
		return nil
	}
	return &LastValues{maxCount: maxCount, maxBytes: maxBytes, byTopic: map[string]*list.Element{}}
}

// Put remembers a message. One that is larger than all there is room for is not kept, nor is what it replaces.
func (l *LastValues) Put(v Value) {
	if old := l.byTopic[string(v.Topic())]; old != nil {
		l.remove(old)
	}
	size := int64(len(v))
	if size > l.maxBytes {
		return
	}
	for l.order.Len() >= l.maxCount || l.bytes+size > l.maxBytes {
		l.remove(l.order.Front())
	}
	l.byTopic[string(v.Topic())] = l.order.PushBack(v)
	l.bytes += size
}

func (l *LastValues) remove(e *list.Element) {
	v := l.order.Remove(e).(Value)
	delete(l.byTopic, string(v.Topic()))
	l.bytes -= int64(len(v))
}

// Under returns what there is of the topics with a prefix, in the order it came.
func (l *LastValues) Under(prefix string) []Value {
	var values []Value
	for e := l.order.Front(); e != nil; e = e.Next() {
		if v := e.Value.(Value); bytes.HasPrefix(v.Topic(), []byte(prefix)) {
			values = append(values, v)
		}
	}
	return values
}

// Forget drops the topics that nobody is subscribed to any more: what is not received any more is not the last value.
func (l *LastValues) Forget(prefix string, wanted func(topic []byte) bool) {
	for _, v := range l.Under(prefix) {
		if !wanted(v.Topic()) {
			l.remove(l.byTopic[string(v.Topic())])
		}
	}
}
