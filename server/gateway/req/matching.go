package req

import "time"

// run is replies that follow one another and are for the same sheet, or one by itself.
type run struct {
	count   int           // of those that are not done with
	roll    *Roll         // of a sheet
	began   time.Duration // likewise
	within  uint32        // likewise
	request *Request      // of one that was not in a bundle; nil: there is none any more, or the writer is going to report it
	group   Group         // of its caller
}

// match finds the requests, and takes them from the pending ones.
func (a *arrivals) match() {
	q := a.requester
	begun, taken := len(a.runs), 0
	fresh := a.list[a.matched:]
	a.matched = len(a.list)
	q.mu.Lock()
	for rest := fresh; len(rest) > 0; {
		r := q.take(rest)
		if r.roll != nil || r.request != nil {
			taken += r.count
		}
		a.runs = append(a.runs, r)
		rest = rest[r.count:]
	}
	q.counters.Pending.Add(-int64(taken))
	q.mu.Unlock()
	q.counters.Late.Add(uint64(len(fresh) - taken))
	runs := a.runs[begun:]
	for i := range runs { // by itself: several requests at a time are fetched from memory, which atomic operations would prevent
		if r := runs[i].request; r != nil {
			runs[i].group = r.caller.Group()
		}
	}
	at := len(a.list) - len(fresh)
	for i := range runs {
		if r := &runs[i]; r.request != nil && !r.request.settle(answer{reply: a.reply(&a.list[at])}) {
			r.request, r.group = nil, nil
		}
		at += runs[i].count
	}
}

// take takes the request from the pending ones that the first of some replies is for. If it is on a sheet, it does so with all that are on
// the same one and whose replies follow: mostly these came together, and they are looked up once. The lock is held.
func (q *Requester) take(list []arrival) (r run) {
	first := list[0].number
	roll, h, _ := q.pending.rolls.find(first)
	if h == nil {
		if r.request = q.pending.get(first); r.request != nil {
			q.remove(first)
		}
		r.count = 1
		return r
	}
	r = run{roll: roll, began: h.began, within: h.within}
	left := h.open
	for r.count < len(list) {
		f := &list[r.count]
		i := uint32(f.number) - h.place
		if f.number>>32 != first>>32 || left>>i&1 == 0 {
			break
		}
		f.number, f.cost = h.number(i), h.costs[i]
		left &^= 1 << i
		r.count++
	}
	q.strike(roll, h, h.open&^left)
	return r
}

// slip is what was noted of a request from a bundle.
func (r *run) slip(f *arrival) Slip {
	return Slip{Number: f.number, Began: r.began, Within: r.within, Cost: uint32(f.cost)}
}
