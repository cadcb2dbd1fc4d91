package topic

import (
	"bytes"
	"container/list"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// LastValues keeps the last message of every topic, so that a new subscriber need not wait for the next: the guide's
// Last Value Caching (zguide, chapter 5), at the edge instead of in the publisher. A topic is the first part of a
// message. It is bounded by count, bytes and memory; the topic that was silent longest goes first.
type LastValues struct {
	bounds  Bounds
	bytes   int64
	memory  int64
	budget  Budget
	byTopic map[string]*list.Element
	order   list.List // of Value, longest silent first
}

// Value is a message in wire form.
type Value core.Body

// Topic is what the message is about.
func (v Value) Topic() []byte { return core.Body(v).Topic() }

// cost is what it takes to keep it.
func (v Value) cost() int { return valuePlace + len(v.Topic()) + len(v) }

const valuePlace = 320

// Budget is memory that is shared with others who keep something for everybody.
type Budget interface {
	Take(bytes int) bool // there was room
	Give(bytes int)
}

// Bounds say how much is kept.
type Bounds struct {
	Count  int   // how many messages; 0: nothing is kept
	Bytes  int64 // of them
	Memory int64 // with what it costs to keep them; 0: no limit
}

// NewLastValues makes one that keeps as much as bounds say, and takes what that costs from a budget; nil: it is not limited. It
// returns nil when nothing is to be kept.
func NewLastValues(bounds Bounds, b Budget) *LastValues {
	if bounds.Count <= 0 {
		return nil
	}
	if b == nil {
		b = unlimited{}
	}
	return &LastValues{bounds: bounds, budget: b, byTopic: map[string]*list.Element{}}
}

type unlimited struct{}

func (unlimited) Take(int) bool { return true }
func (unlimited) Give(int)      {}

// Put remembers a message. One that is larger than all there is room for is not kept, nor is what it replaces.
func (l *LastValues) Put(v Value) {
	if old := l.byTopic[string(v.Topic())]; old != nil {
		l.remove(old)
	}
	if int64(len(v)) > l.bounds.Bytes || l.bounds.Memory > 0 && int64(v.cost()) > l.bounds.Memory {
		return
	}
	for !l.hasRoom(v) || !l.budget.Take(v.cost()) {
		if l.order.Len() == 0 {
			return // others have all of the budget
		}
		l.remove(l.order.Front())
	}
	l.byTopic[string(v.Topic())] = l.order.PushBack(v)
	l.bytes += int64(len(v))
	l.memory += int64(v.cost())
}

// PutFirst is Put for a topic of which nothing is kept: else, or if there is no room beside the others, nothing happens, and it is false.
func (l *LastValues) PutFirst(v Value) bool {
	if l.byTopic[string(v.Topic())] != nil || !l.hasRoom(v) || !l.budget.Take(v.cost()) {
		return false
	}
	l.byTopic[string(v.Topic())] = l.order.PushFront(v)
	l.bytes += int64(len(v))
	l.memory += int64(v.cost())
	return true
}

func (l *LastValues) hasRoom(v Value) bool {
	return l.order.Len() < l.bounds.Count && l.bytes+int64(len(v)) <= l.bounds.Bytes &&
		(l.bounds.Memory <= 0 || l.memory+int64(v.cost()) <= l.bounds.Memory)
}

// Memory is how many bytes it takes to keep what there is.
func (l *LastValues) Memory() int64 { return l.memory }

func (l *LastValues) remove(e *list.Element) {
	v := l.order.Remove(e).(Value)
	delete(l.byTopic, string(v.Topic()))
	l.bytes -= int64(len(v))
	l.memory -= int64(v.cost())
	l.budget.Give(v.cost())
}

// Clear forgets all.
func (l *LastValues) Clear() {
	for l.order.Len() > 0 {
		l.remove(l.order.Front())
	}
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
