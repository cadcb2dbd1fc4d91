//go:build long

package attack

import (
	"fmt"
	"testing"
	"time"
)

// TestResidentMemoryUnderAttack: whatever clients do, the process stays below --memory and 30 %, and soon after it has hardly
// more than what is on the account. Each attack is on a process of its own, which is looked at once more in the end.
func TestResidentMemoryUnderAttack(t *testing.T) {
	spared, victims := startVictim(t), map[string]*victim{}
	for _, a := range attacks {
		v := startVictim(t)
		victims[a.name] = v
		t.Run(a.name, func(t *testing.T) {
			v.began = time.Now()
			a.attack(t, v)
			time.Sleep(attackTakesEffect)
			v.leave()
			v.left = time.Now()
			if v.peak = v.resident("VmHWM"); v.peak > attackedMemory*13/10 {
				t.Errorf("the process had %d MiB, of which %d may be held", v.peak/mebibyte, attackedMemory/mebibyte)
			}
		})
	}
	for name, v := range victims {
		var r remains
		for r = v.remains(spared); r.excess() > slack && time.Since(v.left) < quietTime; r = v.remains(spared) {
			time.Sleep(time.Second) // another process is waited for
		}
		t.Logf("%-45s at most %3d MiB; %2.0f s later %s", name, v.peak/mebibyte, time.Since(v.left).Seconds(), r)
		if r.excess() > slack {
			t.Errorf("%s: the process has still more than it may: %s", name, r)
		}
		if books := r.books - r.atRest.books; books > fewBooks+v.peak/place*booksOfPlace {
			t.Errorf("%s: the runtime keeps %.1f MiB of books", name, float64(books)/mebibyte)
		}
	}
}

// attackTakesEffect is how long attackers stay when they have sent all.
const attackTakesEffect = 500 * time.Millisecond

// slack is what a process may have besides: its code that was not used before, and stacks, and places in the heap that are not
// full.
const slack = 6 * mebibyte

// Go's allocator keeps its books for good. For every 8 KiB of small things that there once were it has 160 bytes for the place, and
// at most as much for marks of what is in there. How much of the peak was small things at one time depends on how soon the collector had
// a core, so the bound is for a peak of nothing else.
const (
	fewBooks     = 2 * mebibyte
	place        = 8 << 10
	booksOfPlace = 160 + 160
)

// remains is what a process has.
type remains struct {
	resident, held, books int
	atRest                struct{ resident, books int } // of a process that was not attacked
}

func (v *victim) remains(spared *victim) (r remains) {
	r.resident, r.held, r.books = v.resident("VmRSS"), int(v.held.Load()), int(v.books.Load())
	r.atRest.resident, r.atRest.books = spared.resident("VmRSS"), int(spared.books.Load())
	return r
}

// excess is what there is beyond what is held and what cannot be given back.
func (r remains) excess() int {
	return r.resident - r.atRest.resident - (r.books - r.atRest.books) - r.held*13/10
}

func (r remains) String() string {
	in := func(bytes int) float64 { return float64(bytes) / mebibyte }
	return fmt.Sprintf("%5.1f MiB: without an attack %.1f, for clients %.1f, more books %.1f, and %.1f", in(r.resident), in(r.atRest.resident),
		in(r.held), in(r.books-r.atRest.books), in(r.excess()))
}
