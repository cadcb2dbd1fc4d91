package req

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestDeadlines: whatever comes and ends in between, those that are due are just those that have not ended, and what has ended
// does not pile up.
func TestDeadlines(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var p pending
	d := newDeadlines(&p, func() {})
	defer d.timer.Stop()
	begin := time.Now()
	open := map[*Request]time.Time{}
	for now := begin; now.Before(begin.Add(time.Minute)); now = now.Add(time.Millisecond) {
		at := now.Add(time.Duration(random.IntN(20_000)) * time.Millisecond)
		r := new(Request)
		p.add(r)
		d.add(r.id, 1, d.when(at))
		open[r] = at
		for r := range open {
			if random.IntN(8) == 0 {
				break
			}
			p.remove(r.id)
			d.remove(1)
			delete(open, r)
		}
		for _, id := range d.expired(now) {
			r := p.get(id)
			p.remove(id)
			d.remove(1)
			if open[r].IsZero() || open[r].After(now) {
				t.Fatalf("due at %v: %v", now.Sub(begin), open[r].Sub(begin))
			}
			delete(open, r)
		}
		for _, at := range open {
			if !at.After(now) {
				t.Fatalf("at %v one is late that was due at %v", now.Sub(begin), at.Sub(begin))
			}
		}
		if len(d.entries) > 2*len(open)+2*minEnded || p.count != len(open) {
			t.Fatalf("%d entries, %d pending, for %d requests", len(d.entries), p.count, len(open))
		}
	}
}
