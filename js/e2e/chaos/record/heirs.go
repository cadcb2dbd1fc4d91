package record

import "sync"

// Heirs records the sockets that had one name at a ROUTER, one after the other. The ROUTER says of each message for which of
// them it is, so the record tells whether somebody else got it. Of one that is closed, the ROUTER may have more on its way.
type Heirs struct {
	mu   sync.Mutex
	all  []*Heir
	told int
}

// Heir is one of these sockets, and what it has received.
type Heir struct {
	Number uint64

	mu         sync.Mutex
	last       uint64 // number of its last message
	generation uint64 // of the ROUTER's process, at its last message
	gaps       gaps
	totals     Totals
	ahead      uint64 // messages that were for a later one
	left       uint64 // messages that were for one before it
}

// Next adds the next heir.
func (r *Heirs) Next(number uint64) *Heir {
	h := &Heir{Number: number}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, h)
	return h
}

// Find returns the heir with this number, which is added if there is none.
func (r *Heirs) Find(number uint64) *Heir {
	r.mu.Lock()
	for _, h := range r.all {
		if h.Number == number {
			r.mu.Unlock()
			return h
		}
	}
	r.mu.Unlock()
	return r.Next(number)
}

// Told notes that an heir was told of another one that has the name.
func (r *Heirs) Told() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told++
}

// Gap notes a gap that the heir was told of. The first may be of messages that were for the one before.
func (h *Heir) Gap(missed uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gaps.note(missed, &h.totals.tally)
}

// Damage notes a message that is not what was sent.
func (h *Heir) Damage() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.totals.Damaged++
}

// heirBits of a message's number are that of the message for its heir; those above are the heir's.
const heirBits = 20

// Message notes a message, and tells whether it was for this heir.
func (h *Heir) Message(generation, number uint64) (own bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch whose := number >> heirBits; {
	case whose > h.Number:
		h.ahead++
		return false
	case whose < h.Number:
		h.left++
		return false
	}
	number &= 1<<heirBits - 1
	t := &h.totals
	t.Delivered++
	if number <= h.last {
		t.Duplicated++
		return true
	}
	missing := number - h.last - 1
	exact := min(missing, h.gaps.exact)
	t.Exact += exact
	switch rest := missing - exact; {
	case h.gaps.unknown:
		t.Unknown += rest
	case h.generation != 0 && h.generation != generation: // the ROUTER that had them was killed
		t.Died += rest
	default:
		t.Lost += rest
	}
	h.last, h.generation, h.gaps = number, generation, gaps{}
	return true
}

// Inheritance is the sum of what the heirs of one name have received.
type Inheritance struct {
	Totals
	Heirs, Told int
	Ahead       uint64 // messages that somebody got who had the name before the one that they were for
	Left        uint64 // messages that were for one before, and came to the next
}

// Judge sums up.
func (r *Heirs) Judge() (sum Inheritance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum.Heirs, sum.Told = len(r.all), r.told
	for _, h := range r.all {
		h.mu.Lock()
		t := h.totals
		t.Sent = h.last
		sum.Add(&t)
		sum.Ahead += h.ahead
		sum.Left += h.left
		h.mu.Unlock()
	}
	return sum
}
