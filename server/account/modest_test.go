package account

import (
	"sync"
	"testing"
)

// TestModest: what all may begin while memory is short is a sixteenth of the limit together, however many they are.
func TestModest(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	pool := NewPool(64*MiB, func() {})
	if !pool.Modest(4*MiB) || pool.Modest(4*MiB+1) {
		t.Error("nobody is there, and may not have a sixteenth")
	}
	var accounts []*Account
	for range 100 {
		accounts = append(accounts, pool.Open(&lock, func() {}))
	}
	if !pool.Modest(4*MiB/100) || pool.Modest(4*MiB/99) {
		t.Error("a hundred have more than a sixteenth together")
	}
	for _, a := range accounts {
		a.Close()
	}
	if !pool.Modest(4 * MiB) {
		t.Error("those who have gone still count")
	}
}
