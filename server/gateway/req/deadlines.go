package req

import (
	"container/heap"
	"time"
)

// deadlines are the requests of a Requester by when they have to be answered, with one timer for the first of them. Most are
// answered long before, and to take each out of its place would cost more than all else that is done for it. So those that
// have ended stay until there are more of them than of the others. The requester's lock guards it.
type deadlines struct {
	entries []deadline // a heap
	ended   int        // entries whose requests have ended
	timer   *time.Timer
	armed   time.Time // when the timer goes off; zero: it does not
}

type deadline struct {
	at      time.Time
	request *slot
}

// slot is a request as long as it has no outcome; the deadlines keep it longer than the request.
type slot struct{ request *Request }

// add takes a request in.
func (d *deadlines) add(r *Request, at time.Time) {
	r.slot = &slot{r}
	heap.Push(d, deadline{at, r.slot})
	if first := d.entries[0].at; d.armed.IsZero() || first.Before(d.armed) {
		d.arm(first)
	}
}

// minEnded is how many ended requests are worth a look at all entries.
const minEnded = 64

// remove is told that a request has ended. The timer may go off for nothing.
func (d *deadlines) remove(r *Request) {
	if r.slot == nil {
		return
	}
	r.slot.request, r.slot = nil, nil
	if d.ended++; d.ended > minEnded && d.ended > len(d.entries)/2 {
		d.sweep()
	}
}

// sweep takes out all that have ended.
func (d *deadlines) sweep() {
	left := d.entries[:0]
	for _, e := range d.entries {
		if e.request.request != nil {
			left = append(left, e)
		}
	}
	clear(d.entries[len(left):])
	d.entries, d.ended = left, 0
	heap.Init(d)
}

// expired takes out what is due.
func (d *deadlines) expired(now time.Time) (due []*Request) {
	for len(d.entries) > 0 && !d.entries[0].at.After(now) {
		e := heap.Pop(d).(deadline)
		if r := e.request.request; r != nil {
			r.slot = nil
			due = append(due, r)
		} else {
			d.ended--
		}
	}
	d.armed = time.Time{}
	if len(d.entries) > 0 {
		d.arm(d.entries[0].at)
	}
	return due
}

func (d *deadlines) arm(at time.Time) {
	d.armed = at
	d.timer.Reset(time.Until(at))
}

// clear takes everything out.
func (d *deadlines) clear() {
	for _, e := range d.entries {
		if r := e.request.request; r != nil {
			r.slot = nil
		}
	}
	d.entries, d.ended = nil, 0
	d.armed = time.Time{}
	d.timer.Stop()
}

// The rest is for container/heap.

func (d *deadlines) Len() int { return len(d.entries) }

func (d *deadlines) Less(i, j int) bool { return d.entries[i].at.Before(d.entries[j].at) }

func (d *deadlines) Swap(i, j int) { d.entries[i], d.entries[j] = d.entries[j], d.entries[i] }

func (d *deadlines) Push(x any) { d.entries = append(d.entries, x.(deadline)) }

func (d *deadlines) Pop() any {
	last := len(d.entries) - 1
	e := d.entries[last]
	d.entries[last] = deadline{}
	d.entries = d.entries[:last]
	return e
}
