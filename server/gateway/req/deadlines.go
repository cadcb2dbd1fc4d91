package req

import (
	"container/heap"
	"time"
)

// deadlines are the requests of a Requester by when they have to be answered, with one timer for the first of them. Most are
// answered long before, and to take each out of its place would cost more than all else that is done for it. So those that
// have ended stay until there are more of them than of the others. The requester's lock guards it.
type deadlines struct {
	entries []*Request // a heap
	ended   int        // entries that have ended
	timer   *time.Timer
	armed   time.Time // when the timer goes off; zero: it does not
}

// add takes a request in.
func (d *deadlines) add(r *Request) {
	r.timed = true
	heap.Push(d, r)
	if first := d.entries[0].deadline; d.armed.IsZero() || first.Before(d.armed) {
		d.arm(first)
	}
}

// minEnded is how many ended requests are worth a look at all entries.
const minEnded = 64

// remove is told that a request has ended. The timer may go off for nothing.
func (d *deadlines) remove(r *Request) {
	if !r.timed {
		return
	}
	r.timed = false
	if d.ended++; d.ended > minEnded && d.ended > len(d.entries)/2 {
		d.sweep()
	}
}

// sweep takes out all that have ended.
func (d *deadlines) sweep() {
	left := d.entries[:0]
	for _, r := range d.entries {
		if r.timed {
			left = append(left, r)
		}
	}
	clear(d.entries[len(left):])
	d.entries, d.ended = left, 0
	heap.Init(d)
}

// expired takes out what is due.
func (d *deadlines) expired(now time.Time) (due []*Request) {
	for len(d.entries) > 0 && !d.entries[0].deadline.After(now) {
		r := heap.Pop(d).(*Request)
		if !r.timed {
			d.ended--
			continue
		}
		r.timed = false
		due = append(due, r)
	}
	d.armed = time.Time{}
	if len(d.entries) > 0 {
		d.arm(d.entries[0].deadline)
	}
	return due
}

func (d *deadlines) arm(at time.Time) {
	d.armed = at
	d.timer.Reset(time.Until(at))
}

// clear takes everything out.
func (d *deadlines) clear() {
	for _, r := range d.entries {
		r.timed = false
	}
	d.entries, d.ended = nil, 0
	d.armed = time.Time{}
	d.timer.Stop()
}

// The rest is for container/heap.

func (d *deadlines) Len() int { return len(d.entries) }

func (d *deadlines) Less(i, j int) bool { return d.entries[i].deadline.Before(d.entries[j].deadline) }

func (d *deadlines) Swap(i, j int) { d.entries[i], d.entries[j] = d.entries[j], d.entries[i] }

func (d *deadlines) Push(x any) { d.entries = append(d.entries, x.(*Request)) }

func (d *deadlines) Pop() any {
	last := len(d.entries) - 1
	r := d.entries[last]
	d.entries[last] = nil
	d.entries = d.entries[:last]
	return r
}
