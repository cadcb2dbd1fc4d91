package req

import "time"

// deadlines are the requests of a Requester by when they have to be answered, with one timer for the first of them. Most are
// answered long before, and to take each out of its place would cost more than all else that is done for it. So those that
// have ended stay until there are more of them than of the others. They stand here by their numbers alone, so that nothing
// of a request is kept for that. The requester's lock guards it.
type deadlines struct {
	pending *pending
	begin   time.Time
	entries []deadline // a heap
	ended   int        // entries whose requests are not pending any more
	timer   *time.Timer
	armed   time.Duration // when the timer goes off
	running bool          // it does
}

// deadline is when a request has to be answered.
type deadline struct {
	at time.Duration // since begin
	id uint64
}

func newDeadlines(p *pending, expire func()) deadlines {
	d := deadlines{pending: p, begin: time.Now(), timer: time.AfterFunc(time.Hour, expire)}
	d.timer.Stop()
	return d
}

// when is a time on the clock of the entries.
func (d *deadlines) when(t time.Time) time.Duration { return t.Sub(d.begin) }

// add takes a request in that is pending.
func (d *deadlines) add(id uint64, at time.Duration) {
	d.entries = append(d.entries, deadline{at, id})
	d.up(len(d.entries) - 1)
	if first := d.entries[0].at; !d.running || first < d.armed {
		d.arm(first)
	}
}

// minEnded is how many ended requests are worth a look at all entries.
const minEnded = 64

// remove is told that a request is not pending any more. The timer may go off for nothing.
func (d *deadlines) remove() {
	if d.ended++; d.ended > minEnded && d.ended > len(d.entries)/2 {
		d.sweep()
	}
}

// sweep takes out all that have ended.
func (d *deadlines) sweep() {
	left := d.entries[:0]
	for _, e := range d.entries {
		if d.pending.get(e.id) != nil {
			left = append(left, e)
		}
	}
	d.entries, d.ended = left, 0
	for i := len(left)/2 - 1; i >= 0; i-- {
		d.down(i)
	}
}

// expired takes out what is due, also from the pending ones.
func (d *deadlines) expired(now time.Time) (due []*Request) {
	for since := now.Sub(d.begin); len(d.entries) > 0 && d.entries[0].at <= since; {
		r := d.pending.get(d.entries[0].id)
		last := len(d.entries) - 1
		d.entries[0] = d.entries[last]
		d.entries = d.entries[:last]
		d.down(0)
		if r == nil {
			d.ended--
			continue
		}
		d.pending.remove(r.id)
		due = append(due, r)
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
	d.entries, d.ended, d.running = nil, 0, false
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
