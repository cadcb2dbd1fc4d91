package req

import "time"

// unsent are the bundles that wait for the writer, the oldest first. They are numbered, so that a request is known to be sent by the
// number of its bundle. The requester's lock guards it.
type unsent struct {
	bundles []*Bundle
	left    uint64 // the number of the last one that the writer has taken; they have all left
}

// add gives a bundle its number, which is the last.
func (u *unsent) add(b *Bundle) {
	u.bundles = append(u.bundles, b)
	b.number = u.left + uint64(len(u.bundles))
}

// leave is told that the writer has the first one.
func (u *unsent) leave() {
	u.left++
	n := copy(u.bundles, u.bundles[1:])
	u.bundles[n] = nil
	u.bundles = u.bundles[:n]
}

// get is a bundle by its number; nil: it has left.
func (u *unsent) get(number uint64) *Bundle {
	if number <= u.left {
		return nil
	}
	return u.bundles[number-u.left-1]
}

// clear is told that none of them is going to be sent.
func (u *unsent) clear() {
	u.left += uint64(len(u.bundles))
	u.bundles = nil
}

// fewUnsent is how many bundles may wait with more memory than they need.
const fewUnsent = 16

// StartBundle makes the requests of a bundle, which belongs to the requester then. It does so only where nothing speaks against it: the
// backend is there, takes one request after the other, and there is room. Otherwise it returns false, and has done nothing.
func (l *Roll) StartBundle(b *Bundle) bool {
	q := l.requester
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || !q.pipelines.Load() || q.pending.count+len(b.slips) > q.config.MaxPending || b.payload > q.config.Links.Limits.MaxMessage {
		return false // of a message that is too large it is said which one
	}
	b.requester = q
	if len(q.unsent.bundles) >= fewUnsent {
		b.trim()
	}
	q.unsent.add(b)
	l.tidy()
	for i := range b.slips { // before the writer sees it, who may be quick
		b.setID(i, l.add(b.slips[i].slip, b.number, i))
	}
	q.pending.count += len(b.slips)
	if q.out.Push(b, b.payload) != nil {
		q.unstart(l, b)
		return false
	}
	q.running.Add(len(b.slips))
	q.counters.Pending.Add(int64(len(b.slips)))
	q.expect(b)
	return true
}

// expect notes until when the requests of a bundle, which have just been added to a roll, have to be answered. The lock is held.
func (q *Requester) expect(b *Bundle) {
	begun := q.deadlines.when(b.begun)
	for rest := b.slips; len(rest) > 0; {
		within, same := rest[0].slip.Within, 1
		for same < len(rest) && rest[same].slip.Within == within {
			same++
		}
		q.deadlines.add(rest[0].id, same, begun+time.Duration(within)*time.Millisecond)
		rest = rest[same:]
	}
}

// unstart takes back a bundle for which there is no room, the last that was added. The lock is held.
func (q *Requester) unstart(l *Roll, b *Bundle) {
	q.unsent.bundles = q.unsent.bundles[:len(q.unsent.bundles)-1]
	for i := range b.slips {
		l.remove(l.at(uint32(b.slips[i].id)))
	}
	q.pending.count -= len(b.slips)
}

// leaves is told by the writer that it is about to send a bundle. Requests that have ended meanwhile are left out.
func (q *Requester) leaves(b *Bundle) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unsent.leave()
	if b.withdrawn > 0 {
		b.leaveOut()
	}
}

// withdraw takes a request of a bundle from the pending ones, and has its message, if that was not sent and is wanted. Who withdraws has to
// count it. The lock is held.
func (q *Requester) withdraw(l *Roll, e *enrolled, wanted bool) (w Withdrawn) {
	w.Slip = e.slip
	if b := q.unsent.get(e.bundle); b != nil {
		one := &b.slips[e.index]
		one.id = 0
		b.withdrawn++
		if wanted {
			w.Unsent = b.message(one.begin)
		}
	}
	q.strike(l, e)
	return w
}

// strike takes a request off a roll, and from the pending ones. The lock is held.
func (q *Requester) strike(l *Roll, e *enrolled) {
	l.remove(e)
	q.pending.count--
	q.deadlines.remove()
}
