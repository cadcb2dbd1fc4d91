package account

import "testing"

// TestStockIsDivided: one may have all of it while nobody else wants any, and gives up what is more than its part when somebody does.
func TestStockIsDivided(t *testing.T) {
	const MiB = 1 << 20
	pool := NewPool(400*MiB, func() { t.Error("the pool is full") })
	stock := pool.Stock(History, 4)
	large, small := stock.Portion(), stock.Portion()
	for _, step := range []struct {
		who    *Portion
		holds  int64
		excess int64
	}{
		{large, 100 * MiB, 0},
		{large, 101 * MiB, MiB},
		{large, 100 * MiB, 0},
		{small, 10 * MiB, 0}, // which is less than its half
		{large, 100 * MiB, 10 * MiB},
		{large, 90 * MiB, 0},
		{small, 60 * MiB, 10 * MiB},
		{large, 90 * MiB, 40 * MiB},
		{large, 50 * MiB, 0},
		{small, 60 * MiB, 10 * MiB},
		{small, 50 * MiB, 0},
	} {
		if excess := step.who.Hold(step.holds); excess != step.excess {
			t.Errorf("with %d MiB, %d bytes are to be given up, want %d", step.holds/MiB, excess, step.excess)
		}
	}
	if held := pool.ByKind()[History]; held != 100*MiB || pool.held.Load() != 100*MiB {
		t.Errorf("%d bytes are on the account", held)
	}
	small.Leave()
	if excess := large.Hold(100 * MiB); excess != 0 {
		t.Errorf("alone again, %d bytes are to be given up", excess)
	}
	if large.Leave(); pool.held.Load() != 0 {
		t.Errorf("%d bytes are left", pool.held.Load())
	}
}
