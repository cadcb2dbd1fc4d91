package account

import (
	"sync"
	"testing"
)

// follow makes accounts that have the same bytes, which are kept once.
func follow(p *Pool, lock sync.Locker, count, bytes int, end func(n int)) (charges []*Charge) {
	p.Share(bytes)
	for n := range count {
		c := p.Open(lock, func() { end(n) }).Charge(Outbox)
		c.SetShared(bytes+step, bytes)
		charges = append(charges, c)
	}
	return charges
}

// TestSharedCountsOnce for all together, and for everybody as if it were a copy.
func TestSharedCountsOnce(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	pool := NewPool(100*MiB, func() { t.Error("it is full") })
	charges := follow(pool, &lock, 1000, 20*MiB, func(int) {})
	if held := pool.ByKind(); held[Shared] != 20*MiB || held[Outbox] != 1000*step || pool.held.Load() != 20*MiB+1000*step {
		t.Errorf("shared %d, outbox %d, all together %d", held[Shared], held[Outbox], pool.held.Load())
	}
	for n, c := range charges {
		if held := c.account.Held(); held != 20*MiB+step {
			t.Fatalf("account %d has %d", n, held)
		}
		if c.Set(0); n == len(charges)-1 {
			pool.Share(-20 * MiB)
		}
		c.account.Close()
		if left := len(charges) - n - 1; pool.held.Load() != int64(pool.shared.Load())+int64(left*step) {
			t.Fatalf("%d are left, %d bytes", left, pool.held.Load())
		}
	}
	if pool.held.Load() != 0 || len(pool.all()) != 0 {
		t.Errorf("%d bytes are left, on %d accounts", pool.held.Load(), len(pool.all()))
	}
}

// TestShedOfShared: it is not known whether it goes with whoever is ended, so it is not ended more than the largest.
func TestShedOfShared(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	full := 0
	var pool *Pool
	var ended []int
	pool = NewPool(50*MiB, func() { full++ })
	charges := follow(pool, &lock, 3, 60*MiB, func(n int) { ended = append(ended, n) })
	pool.Shed()
	if full == 0 || len(ended) != 1 {
		t.Fatalf("full %d times, %v were ended", full, ended)
	}
	if pool.Shed(); len(ended) != 1 || !pool.Tight() {
		t.Errorf("%v were ended before the first of them has given anything back; tight: %v", ended, pool.Tight())
	}
	leave := func(n int) {
		charges[n].Set(0)
		charges[n].account.Close()
	}
	leave(ended[0]) // and nothing is gained by it
	pool.Shed()
	if len(ended) != 2 {
		t.Fatalf("%v were ended", ended)
	}
	leave(ended[1])
	pool.Share(-60 * MiB) // the last one has got it
	if pool.Shed(); len(ended) != 2 || pool.Tight() || pool.excused.Load() != 0 {
		t.Errorf("%v were ended; tight: %v; %d bytes are excused", ended, pool.Tight(), pool.excused.Load())
	}
}
