package client

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestDeadlinesComeInOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 9))
	var h deadlines
	var waiting []time.Duration
	for range 10_000 {
		if len(h) == 0 || rnd.IntN(5) < 3 {
			at := time.Duration(rnd.IntN(1000))
			h.push(deadline{at: at})
			waiting = append(waiting, at)
			continue
		}
		first := slices.Index(waiting, slices.Min(waiting))
		if got := h.pop().at; got != waiting[first] {
			t.Fatalf("%d came before %d", got, waiting[first])
		}
		waiting = slices.Delete(waiting, first, first+1)
	}
	for range waiting {
		h.pop()
	}
	if len(h) != 0 {
		t.Errorf("%d are left", len(h))
	}
}
