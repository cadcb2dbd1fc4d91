package req

import (
	"math/bits"
	"sort"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Roll has the requests of one Asker at a Requester that were made in Bundles and are pending. They are beside each other in memory, in
// their order. It takes 64 bytes, one line of the cache.
type Roll struct {
	requester *Requester
	asker     Asker

	// Guarded by the requester's lock. Sheets whose requests have all ended stay until they are in the way.
	sheets []sheet
	first  uint32 // of sheets: before it all have ended
	live   uint32 // sheets that have not ended
	number uint32 // of the roll
	next   uint32 // the place of the next request. They rise until they begin again at 0
}

// Roll makes the roll of an asker, who has to call Leave.
func (q *Requester) Roll(a Asker) *Roll {
	l := &Roll{requester: q, asker: a}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending.rolls.enter(l)
	return l
}

// Leave ends it. What is still pending is withdrawn.
func (l *Roll) Leave() {
	l.WithdrawAll()
	q := l.requester
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending.rolls.leave(l)
}

// add puts the requests of a bundle at the end.
func (l *Roll) add(b *Bundle) {
	if int(l.live) <= len(l.sheets)/2 { // what is added is where what has ended was: little else of thousands of rolls is in a near cache
		l.closeUp(l.sheets[:0])
	}
	for i := range b.sheets {
		h := &b.sheets[i]
		h.bundle, h.place = b.number, l.next
		l.next += uint32(h.count)
	}
	l.sheets = append(l.sheets, b.sheets...)
	l.live += uint32(len(b.sheets))
}

// id is the number of a request at the requester.
func (l *Roll) id(place uint32) uint64 { return inRoll | uint64(l.number)<<32 | uint64(place) }

// closeUp moves the sheets that have not ended to other memory, or together.
func (l *Roll) closeUp(to []sheet) {
	rest := l.rest()
	for n := range rest {
		if rest[n].open != 0 {
			to = append(to, rest[n])
		}
	}
	l.sheets, l.first = to, 0
}

// rest is the sheets from the first on that has not ended.
func (l *Roll) rest() []sheet { return l.sheets[l.first:] }

// at is the sheet that has a place, and which request of it that is; nil: none has it any more. Mostly it is the first one.
func (l *Roll) at(place uint32) (h *sheet, i uint32) {
	rest := l.rest()
	if len(rest) == 0 {
		return nil, 0
	}
	first := rest[0].place
	behind := place - first
	if behind < uint32(rest[0].count) {
		return &rest[0], behind
	}
	n := min(len(rest)-1, int(behind)) // it is the one with this index, or one before it: each has at least one place
	if rest[n].place-first > behind {
		n = sort.Search(n, func(n int) bool { return rest[n].place-first > behind }) - 1
	}
	h = &rest[n]
	if i = place - h.place; i < uint32(h.count) {
		return h, i
	}
	return nil, 0
}

// strike takes out requests of a sheet, a bit for each, which have not ended. Then the sheet may be elsewhere, or nowhere.
func (l *Roll) strike(h *sheet, ended uint8) {
	h.open &^= ended
	if h.open != 0 {
		return
	}
	l.live--
	for int(l.first) < len(l.sheets) && l.sheets[l.first].open == 0 {
		l.first++
	}
	switch room := cap(l.sheets); {
	case l.live == 0 && room <= keptSheets:
		l.sheets, l.first = l.sheets[:0], 0
	case int(l.live) <= room/4 && room > keptSheets:
		l.closeUp(make([]sheet, 0, max(keptSheets, room/2)))
	}
}

// ids is the numbers of all requests.
func (l *Roll) ids() (ids []uint64) {
	rest := l.rest()
	for n := range rest {
		h := &rest[n]
		for open := h.open; open != 0; open &= open - 1 {
			ids = append(ids, l.id(h.place+uint32(bits.TrailingZeros8(open))))
		}
	}
	return ids
}

// find is the pending request with a number of the asker's; nil: there is none.
func (l *Roll) find(number uint64) (h *sheet, i uint32) {
	rest := l.rest()
	behind := sort.Search(len(rest), func(n int) bool { return rest[n].first > number })
	if behind == 0 {
		return nil, 0
	}
	h = &rest[behind-1]
	i, ok := h.find(number)
	if !ok {
		return nil, 0
	}
	return h, i
}

// Has tells whether a request is pending.
func (l *Roll) Has(number uint64) bool {
	l.requester.mu.Lock()
	defer l.requester.mu.Unlock()
	h, _ := l.find(number)
	return h != nil
}

// Withdrawn is a request that was pending, and is not any more: nobody is told, and a late reply is dropped.
type Withdrawn struct {
	Slip   Slip
	Unsent core.Message // its message, which will not be sent; nil: it was, or nobody wants to know
}

// Withdraw ends a request, if it is pending.
func (l *Roll) Withdraw(number uint64) (s Slip, ok bool) {
	q := l.requester
	q.mu.Lock()
	defer q.mu.Unlock()
	h, i := l.find(number)
	if h == nil {
		return Slip{}, false
	}
	s = h.slip(i)
	q.withdraw(l, h, i, false)
	q.ended(1)
	return s, true
}

// WithdrawAll ends all that are pending, in their order, with the messages of those that were not sent.
func (l *Roll) WithdrawAll() []Withdrawn {
	return l.withdrawIf(func(*sheet) bool { return true })
}

// WithdrawSent ends all that were sent, and counts those that have yet to be.
func (l *Roll) WithdrawSent() (sent []Withdrawn, waiting int) {
	sent = l.withdrawIf(func(h *sheet) bool {
		unsent := l.requester.unsent.get(h.bundle) != nil
		if unsent {
			waiting++
		}
		return !unsent
	})
	return sent, waiting
}

// withdrawIf ends those of whose sheets f says so, with the lock held.
func (l *Roll) withdrawIf(f func(*sheet) bool) (all []Withdrawn) {
	q := l.requester
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range l.ids() {
		if h, i := l.at(uint32(id)); f(h) {
			all = append(all, q.withdraw(l, h, i, true))
		}
	}
	q.ended(len(all))
	return all
}
