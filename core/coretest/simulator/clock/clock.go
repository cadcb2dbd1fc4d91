package clock

import (
	"container/heap"
	"time"
)

// Clock is a simulated clock, and the events that are planned. It moves from one event to the next. Events of the same
// time happen in the order in which they were planned.
type Clock struct {
	now     time.Duration
	plans   plans
	planned uint64
}

type plan struct {
	at    time.Duration
	order uint64
	do    func()
}

// New makes a clock that shows a time.
func New(now time.Duration) Clock { return Clock{now: now} }

// Now is the time.
func (c *Clock) Now() time.Duration { return c.now }

// At plans a call of do for a time, or for now if that time has passed.
func (c *Clock) At(when time.Duration, do func()) {
	c.planned++
	heap.Push(&c.plans, plan{max(when, c.now), c.planned, do})
}

// After plans a call of do for when d has passed.
func (c *Clock) After(d time.Duration, do func()) { c.At(c.now+d, do) }

// Next makes the next event happen, and reports whether there was one.
func (c *Clock) Next() bool {
	if len(c.plans) == 0 {
		return false
	}
	p := heap.Pop(&c.plans).(plan)
	c.now = p.at
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
