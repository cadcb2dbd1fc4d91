package account

import (
	"sync"
	"testing"
)

// TestPoolIsTightUntilAllIsGivenBack: who was ended to make room does not count any more, but still has the memory.
func TestPoolIsTightUntilAllIsGivenBack(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	pool := NewPool(16*MiB, func() {})
	large, small := pool.Open(&lock, func() {}), pool.Open(&lock, func() {})
	a, b := large.Charge(Reading), small.Charge(Reading)
	a.Add(15 * MiB)
	b.Add(MiB)
	if pool.Tight() {
		t.Error("it is tight when it is full")
	}
	b.Add(2 * MiB)
	if !pool.Tight() {
		t.Error("it is not tight when it is overfull")
	}
	if pool.Shed(); pool.held.Load() != 3*MiB || !pool.Tight() {
		t.Errorf("%d bytes count, tight %v, as long as the largest is on its way to the end", pool.held.Load(), pool.Tight())
	}
	a.Add(-10 * MiB)
	if pool.Tight() {
		t.Error("it is tight, though most was given back")
	}
	a.Set(0)
	large.Close()
	if pool.held.Load() != 3*MiB || pool.ending.Load() != 0 {
		t.Errorf("%d bytes count, and %d of the ended one", pool.held.Load(), pool.ending.Load())
	}
}

// TestCommonIsNobodys: it has a limit, counts, and is not ended to make room.
func TestCommonIsNobodys(t *testing.T) {
	const MiB = 1 << 20
	pool := NewPool(20*MiB, func() {})
	c := pool.Common(LastValues, 2)
	if !c.Take(9*MiB) || c.Take(2*MiB) || pool.held.Load() != 9*MiB {
		t.Errorf("%d bytes count", pool.held.Load())
	}
	var lock sync.Mutex
	ended := false
	client := pool.Open(&lock, func() { ended = true })
	client.Charge(Requests).Add(12 * MiB)
	if pool.Shed(); !ended || pool.held.Load() != 9*MiB || pool.ByKind()[LastValues] != 9*MiB {
		t.Errorf("the client has gone: %v; %d bytes count", ended, pool.held.Load())
	}
	c.Give(5 * MiB)
	if !c.Take(6*MiB) || pool.held.Load() != 10*MiB {
		t.Errorf("%d bytes count after some were given back", pool.held.Load())
	}
}
