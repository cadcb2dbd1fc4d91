package req

import (
	"math"
	"math/bits"
	"time"
)

// sheet is some requests of a Bundle that follow one another. With thousands of them under way each is in no near cache any more when its
// reply comes. So what those of a sheet have in common stands there once, and a sheet takes 64 bytes: one line of the cache.
type sheet struct {
	bundle uint64        // the number of the bundle
	began  time.Duration // see Slip
	first  uint64        // the asker's number of the first request
	within uint32        // see Slip
	place  uint32        // of the first request in its roll. Those of the others follow
	begin  uint16        // of the first request's message in the bundle
	open   uint8         // a bit for each request that has not ended
	count  uint8

	// Of each request.
	numbers [sheetLines]uint8 // less that of the first. They rise
	costs   [sheetLines]uint16
}

// sheetLines is how many requests there is room for.
const sheetLines = 8

// keptSheets is for how many sheets memory is kept when hardly anything is on them.
const keptSheets = 32

// newSheet is one for a request, which has yet to be noted, and those like it.
func newSheet(s Slip, begin int) sheet {
	return sheet{began: s.Began, first: s.Number, within: s.Within, begin: uint16(begin)}
}

// fits tells whether a request can be noted behind the others.
func (h *sheet) fits(s Slip) bool {
	return h.count < sheetLines && h.began == s.Began && h.within == s.Within && s.Number-h.first <= math.MaxUint8
}

// note notes a request that fits.
func (h *sheet) note(s Slip) {
	h.numbers[h.count], h.costs[h.count] = uint8(s.Number-h.first), uint16(s.Cost)
	h.open |= 1 << h.count
	h.count++
}

// number is the asker's number of request i.
func (h *sheet) number(i uint32) uint64 { return h.first + uint64(h.numbers[i]) }

// slip is what was noted of request i.
func (h *sheet) slip(i uint32) Slip {
	return Slip{Number: h.number(i), Began: h.began, Within: h.within, Cost: uint32(h.costs[i])}
}

// isOpen tells whether request i has not ended. There may be none.
func (h *sheet) isOpen(i uint32) bool { return h.open>>i&1 != 0 }

// pending is how many requests have not ended.
func (h *sheet) pending() int { return bits.OnesCount8(h.open) }

// find is which request has a number of the asker's. It is not ok if none has that has not ended.
func (h *sheet) find(number uint64) (i uint32, ok bool) {
	for i := range uint32(h.count) {
		if h.number(i) == number {
			return i, h.isOpen(i)
		}
	}
	return 0, false
}
