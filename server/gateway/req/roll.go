package req

import (
	"cmp"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Roll has the requests of one Asker at a Requester that were made in Bundles and are pending. They are beside each other in memory, in
// their order.
type Roll struct {
	requester *Requester
	asker     Asker
	number    uint32 // of the roll

	// Guarded by the requester's lock. Those that have ended stay until they are in the way.
	entries []enrolled
	first   int    // before it all have ended
	live    int    // how many have not
	next    uint32 // the place of the next one
	left    bool
}

// enrolled is one request.
type enrolled struct {
	slip   Slip   // whose numbers rise
	bundle uint64 // the number of its bundle
	place  uint32 // they rise, too, until they begin again at 0
	index  uint16 // in the bundle
	open   bool   // it has not ended
}

// keptEntries is how much room is kept when hardly anything is pending.
const keptEntries = 64

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
	if !l.left {
		l.left = true
		q.pending.rolls.leave(l)
	}
}

// tidy makes room, so that what is added is where what has ended was: that is in a near cache, and so is little else of thousands of rolls.
func (l *Roll) tidy() {
	if l.live <= len(l.entries)/2 {
		l.closeUp(l.entries[:0])
	}
}

// add puts a request at the end, and returns its number at the requester.
func (l *Roll) add(s Slip, bundle uint64, index int) (id uint64) {
	place := l.next
	l.next++
	l.entries = append(l.entries, enrolled{s, bundle, place, uint16(index), true})
	l.live++
	return l.id(place)
}

func (l *Roll) id(place uint32) uint64 { return inRoll | uint64(l.number)<<32 | uint64(place) }

// closeUp moves those that have not ended to other memory, or together.
func (l *Roll) closeUp(to []enrolled) {
	for _, e := range l.entries[l.first:] {
		if e.open {
			to = append(to, e)
		}
	}
	l.entries, l.first = to, 0
}

// at is the request at a place; nil: it has ended, or there was none. Mostly there is one at each place from the first on.
func (l *Roll) at(place uint32) *enrolled {
	rest := l.entries[l.first:]
	if len(rest) == 0 || place-rest[0].place >= l.next-rest[0].place {
		return nil
	}
	i := int(place - rest[0].place)
	if i >= len(rest) || rest[i].place != place {
		i = search(rest, place)
	}
	if i < 0 || !rest[i].open {
		return nil
	}
	return &rest[i]
}

// search is where a place is among those behind the first, which are not all there any more; less than 0: nowhere.
func search(entries []enrolled, place uint32) int {
	first := entries[0].place
	i, ok := slices.BinarySearchFunc(entries, place, func(e enrolled, place uint32) int { return cmp.Compare(e.place-first, place-first) })
	if !ok {
		return -1
	}
	return i
}

// remove takes out a request, which is in.
func (l *Roll) remove(e *enrolled) {
	e.open = false
	l.live--
	for l.first < len(l.entries) && !l.entries[l.first].open {
		l.first++
	}
	switch {
	case l.live == 0 && cap(l.entries) <= keptEntries:
		l.entries, l.first = l.entries[:0], 0
	case l.live <= cap(l.entries)/8 && cap(l.entries) > keptEntries:
		l.closeUp(make([]enrolled, 0, max(keptEntries, cap(l.entries)/4)))
	}
}

// ids is the numbers of all requests.
func (l *Roll) ids() (ids []uint64) {
	for _, e := range l.entries[l.first:] {
		if e.open {
			ids = append(ids, l.id(e.place))
		}
	}
	return ids
}

// find is the pending request with a number of the asker's; nil: there is none.
func (l *Roll) find(number uint64) *enrolled {
	rest := l.entries[l.first:]
	i, ok := slices.BinarySearchFunc(rest, number, func(e enrolled, number uint64) int { return cmp.Compare(e.slip.Number, number) })
	if !ok || !rest[i].open {
		return nil
	}
	return &rest[i]
}

// Has tells whether a request is pending.
func (l *Roll) Has(number uint64) bool {
	l.requester.mu.Lock()
	defer l.requester.mu.Unlock()
	return l.find(number) != nil
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
	e := l.find(number)
	if e == nil {
		return Slip{}, false
	}
	s = e.slip
	q.withdraw(l, e, false)
	q.ended(1)
	return s, true
}

// WithdrawAll ends all that are pending, in their order, with the messages of those that were not sent.
func (l *Roll) WithdrawAll() []Withdrawn {
	return l.withdrawIf(func(*enrolled) bool { return true })
}

// WithdrawSent ends all that were sent, and counts those that have yet to be.
func (l *Roll) WithdrawSent() (sent []Withdrawn, waiting int) {
	sent = l.withdrawIf(func(e *enrolled) bool {
		unsent := l.requester.unsent.get(e.bundle) != nil
		if unsent {
			waiting++
		}
		return !unsent
	})
	return sent, waiting
}

// withdrawIf ends those that f chooses, with the lock held.
func (l *Roll) withdrawIf(f func(*enrolled) bool) (all []Withdrawn) {
	q := l.requester
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range l.ids() {
		if e := l.at(uint32(id)); f(e) {
			all = append(all, q.withdraw(l, e, true))
		}
	}
	q.ended(len(all))
	return all
}
