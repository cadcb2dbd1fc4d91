package coretest

import (
	"container/heap"
	"time"
)

// timeline is a simulated clock, and the events that are planned. It moves from one event to the next. Events of the same
// time happen in the order in which they were planned.
type timeline struct {
	now     time.Duration
	plans   plans
	planned uint64
}

type plan struct {
	at    time.Duration
	order uint64
	do    func()
}

// at plans a call of do for a time, or for now if that time has passed.
func (t *timeline) at(when time.Duration, do func()) {
	t.planned++
	heap.Push(&t.plans, plan{max(when, t.now), t.planned, do})
}

func (t *timeline) after(d time.Duration, do func()) { t.at(t.now+d, do) }

// next makes the next event happen, and reports whether there was one.
func (t *timeline) next() bool {
	if len(t.plans) == 0 {
		return false
	}
	p := heap.Pop(&t.plans).(plan)
	t.now = p.at
	p.do()
	return true
}

type plans []plan

func (h plans) Len() int { return len(h) }
func (h plans) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}
func (h plans) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *plans) Push(x any)   { *h = append(*h, x.(plan)) }
func (h *plans) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	*h = (*h)[:last]
	return p
}
