package account

import (
	"slices"
	"sync"
	"testing"
)

// TestPoolShedsTheLargest until there is some room again, and counts on what it has ended no more.
func TestPoolShedsTheLargest(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	var ended []int
	full := 0
	pool := NewPool(100*MiB, func() { full++ })
	charges := make([]*Charge, 5)
	for i := range charges {
		a := pool.Open(&lock, func() { ended = append(ended, i) })
		charges[i] = a.Charge(Requests)
	}
	for i, size := range []int{10, 40, 5, 30, 14} {
		charges[i].Add(size * MiB)
	}
	if pool.Shed(); full != 0 || ended != nil {
		t.Fatalf("full %d times, ended %v, while there was room", full, ended)
	}
	for range 10 {
		charges[2].Add(MiB)
	}
	if full != 1 {
		t.Errorf("told %d times that it is full", full)
	}
	if pool.Shed(); !slices.Equal(ended, []int{1}) || pool.held.Load() != 69*MiB {
		t.Errorf("ended %v, %d MiB are held", ended, pool.held.Load()/MiB)
	}
	charges[1].Add(50 * MiB) // on its way to the end
	if full != 1 || pool.held.Load() != 69*MiB || pool.ByKind()[Requests] != 159*MiB {
		t.Errorf("full %d times, %d MiB are counted, %d held", full, pool.held.Load()/MiB, pool.ByKind()[Requests]/MiB)
	}
}

// TestAccountIsKeptUntilAllIsGivenBack, also when its client is gone.
func TestAccountIsKeptUntilAllIsGivenBack(t *testing.T) {
	var lock sync.Mutex
	pool := NewPool(1<<30, func() {})
	a := pool.Open(&lock, func() {})
	queue, sent := a.Charge(Queue), a.Charge(Sending)
	queue.Set(100)
	sent.Set(50)
	sent.Become(Lingering)
	queue.Set(0)
	a.Close()
	if got := pool.ByKind(); got[Queue] != 0 || got[Sending] != 0 || got[Lingering] != 50 || pool.held.Load() != 50 {
		t.Errorf("held %v, together %d", got, pool.held.Load())
	}
	sent.Add(-50)
	if n := len(pool.all()); n != 0 || pool.held.Load() != 0 {
		t.Errorf("%d accounts, which hold %d", n, pool.held.Load())
	}
}
