package req

import (
	"container/heap"
	"time"
)

// deadlines are the requests of a Requester by when they have to be answered, with one timer for the first of them. The
// requester's lock guards it.
type deadlines struct {
	requests []*Request // a heap
	timer    *time.Timer
	armed    time.Time // when the timer goes off; zero: it does not
}

// add takes a request in.
func (d *deadlines) add(r *Request) {
	heap.Push(d, r)
	if first := d.requests[0].deadline; d.armed.IsZero() || first.Before(d.armed) {
		d.arm(first)
	}
}

// remove takes it out, if it is in. The timer may go off for nothing.
func (d *deadlines) remove(r *Request) {
	if r.place >= 0 {
		heap.Remove(d, r.place)
	}
}

// expired takes out what is due.
func (d *deadlines) expired(now time.Time) (due []*Request) {
	for len(d.requests) > 0 && !d.requests[0].deadline.After(now) {
		due = append(due, heap.Pop(d).(*Request))
	}
	d.armed = time.Time{}
	if len(d.requests) > 0 {
		d.arm(d.requests[0].deadline)
	}
	return due
}

func (d *deadlines) arm(at time.Time) {
	d.armed = at
	d.timer.Reset(time.Until(at))
}

// clear takes everything out.
func (d *deadlines) clear() {
	for _, r := range d.requests {
		r.place = -1
	}
	d.requests = nil
	d.armed = time.Time{}
	d.timer.Stop()
}

// The rest is for container/heap.

func (d *deadlines) Len() int { return len(d.requests) }

func (d *deadlines) Less(i, j int) bool { return d.requests[i].deadline.Before(d.requests[j].deadline) }

func (d *deadlines) Swap(i, j int) {
	d.requests[i], d.requests[j] = d.requests[j], d.requests[i]
	d.requests[i].place, d.requests[j].place = i, j
}

func (d *deadlines) Push(x any) {
	r := x.(*Request)
	r.place = len(d.requests)
	d.requests = append(d.requests, r)
}

func (d *deadlines) Pop() any {
	last := len(d.requests) - 1
	r := d.requests[last]
	d.requests[last] = nil
	d.requests = d.requests[:last]
	r.place = -1
	return r
}
