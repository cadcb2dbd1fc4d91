package req

import (
	"math"
	"time"
)

// deadlines are the requests of a Requester by when they have to be answered, with one timer for the first of them. Most are
// answered long before, and to take each out of its place would cost more than all else that is done for it. So those that
// have ended stay until there are more of them than of the others. They stand here by their numbers alone, so that nothing
// of a request is kept for that, and those of a sheet together. The requester's lock guards it.
type deadlines struct {
	pending *pending
	begin   time.Time
	entries []deadline // a heap
	total   int        // requests in entries
	ended   int        // of them, how many are not pending any more
	timer   *time.Timer
	armed   time.Duration // when the timer goes off
	running bool          // it does
}

// deadline is when a request has to be answered, or those of a sheet, whose numbers follow each other.
type deadline struct {
	at    time.Duration // since begin
	id    uint64        // of the first one
	count uint32
	left  uint32 // those that were pending when it was last looked, which total is of
}

func newDeadlines(p *pending, expire func()) deadlines {
	d := deadlines{pending: p, begin: time.Now(), timer: time.AfterFunc(time.Hour, expire)}
	d.timer.Stop()
	return d
}

// when is a time on the clock of the entries.
func (d *deadlines) when(t time.Time) time.Duration { return t.Sub(d.begin) }

// add takes in a request that is pending, or all of a sheet, by the number of the first.
func (d *deadlines) add(id uint64, count int, at time.Duration) {
	d.entries = append(d.entries, deadline{at, id, uint32(count), uint32(count)})
	d.total += count
	d.up(len(d.entries) - 1)
	if first := d.entries[0].at; !d.running || first < d.armed {
		d.arm(first)
	}
}

// minEnded is how many ended requests are worth a look at all entries.
const minEnded = 64

// remove is told how many requests are not pending any more. The timer may go off for nothing.
func (d *deadlines) remove(count int) {
	if d.ended += count; d.ended > minEnded && d.ended > d.total/2 {
		d.sweep()
	}
}

// sweep takes out all that have ended.
func (d *deadlines) sweep() {
	left := d.entries[:0]
	d.total, d.ended = 0, 0
	for _, e := range d.entries {
		if open := d.pending.open(e.id); open > 0 {
			e.left = uint32(open)
			left = append(left, e)
			d.total += open
		}
	}
	d.entries = left
	for i := len(left)/2 - 1; i >= 0; i-- {
		d.down(i)
	}
}

// expired takes out what is due, and returns those of it that are pending.
func (d *deadlines) expired(now time.Time) (due []uint64) {
	for since := now.Sub(d.begin); len(d.entries) > 0 && d.entries[0].at <= since; {
		e := d.entries[0]
		last := len(d.entries) - 1
		d.entries[0] = d.entries[last]
		d.entries = d.entries[:last]
		d.down(0)
		d.total -= int(e.left)
		d.ended -= int(e.left) // or it will be, when whoever is told has removed them
		for i := range e.count {
			if id := e.id&^math.MaxUint32 | uint64(uint32(e.id)+i); d.pending.has(id) {
				due = append(due, id)
			}
		}
	}
	d.running = false
	if len(d.entries) > 0 {
		d.arm(d.entries[0].at)
	}
	return due
}

func (d *deadlines) arm(at time.Duration) {
	d.armed, d.running = at, true
	d.timer.Reset(time.Until(d.begin.Add(at)))
}

// clear takes everything out.
func (d *deadlines) clear() {
	d.entries, d.total, d.ended, d.running = nil, 0, 0, false
	d.timer.Stop()
}

// up and down put entry i where it belongs, towards the first or away from it.
func (d *deadlines) up(i int) {
	h := d.entries
	e := h[i]
	for i > 0 && e.at < h[(i-1)/2].at {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = e
}

func (d *deadlines) down(i int) {
	h := d.entries
	if i >= len(h) {
		return
	}
	e := h[i]
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].at < h[child].at {
			child++
		}
		if e.at <= h[child].at {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = e
}
