package req

import (
	"math/bits"
	"time"
)

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
	if q.closed || !q.pipelines.Load() || q.pending.count+b.count > q.config.MaxPending || b.payload > q.config.Links.Limits.MaxMessage {
		return false // of a message that is too large it is said which one
	}
	b.requester = q
	if q.out.Push(b, b.payload) != nil {
		return false
	}
	q.unsent.add(b) // the writer, who may have it already, waits for the lock before he looks at it
	b.setIDs(l.id(0), l.next)
	l.add(b)
	q.expect(l, b)
	q.pending.count += b.count
	q.running.Add(b.count)
	q.counters.Pending.Add(int64(b.count))
	if len(q.unsent.bundles) > fewUnsent {
		b.trim()
	}
	return true
}

// expect notes until when the requests of a bundle, which have just been added to a roll, have to be answered. The lock is held.
func (q *Requester) expect(l *Roll, b *Bundle) {
	begun := q.deadlines.when(b.begun)
	for i := range b.sheets {
		h := &b.sheets[i]
		q.deadlines.add(l.id(h.place), int(h.count), begun+time.Duration(h.within)*time.Millisecond)
	}
}

// leaves is told by the writer that it is about to send a bundle. Requests that have ended meanwhile are left out.
func (q *Requester) leaves(b *Bundle) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unsent.leave()
	if len(b.withdrawn) > 0 {
		b.leaveOut()
	}
}

// withdraw takes a request of a bundle from the pending ones, and has its message, if that was not sent and is wanted. Who withdraws has to
// count it. The lock is held.
func (q *Requester) withdraw(l *Roll, h *sheet, i uint32, wanted bool) (w Withdrawn) {
	w.Slip = h.slip(i)
	if b := q.unsent.get(h.bundle); b != nil {
		begin := b.find(int(h.begin), i)
		b.withdrawn = append(b.withdrawn, begin)
		if wanted {
			w.Unsent = b.message(begin)
		}
	}
	q.strike(l, h, 1<<i)
	return w
}

// strike takes requests of a sheet off a roll, a bit for each, and from the pending ones. The lock is held.
func (q *Requester) strike(l *Roll, h *sheet, ended uint8) {
	l.strike(h, ended)
	count := bits.OnesCount8(ended)
	q.pending.count -= count
	q.deadlines.remove(count)
}
