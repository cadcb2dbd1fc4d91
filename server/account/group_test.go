package account

import (
	"slices"
	"sync"
	"testing"
)

// TestGroupShedsItsLargest, and nobody else's, whoever holds more.
func TestGroupShedsItsLargest(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	var ended []string
	var full []*Group
	pool := NewPool(1000*MiB, func() { t.Error("the pool is full") })
	pool.LimitGroups(32*MiB, func(g *Group) { full = append(full, g) })
	open := func(user, name string) *Charge {
		a := pool.Open(&lock, func() { t.Errorf("%s was ended by the pool", name) })
		c := a.Charge(Requests)
		c.Add(MiB) // before it is known whose it is
		a.Join(user, func() { ended = append(ended, name) })
		return c
	}
	nobody, alice, bob1, bob2, bob3 := open("", "nobody"), open("alice", "alice"), open("bob", "bob1"), open("bob", "bob2"), open("bob", "bob3")
	nobody.Add(100 * MiB)
	alice.Add(30 * MiB)
	bob1.Add(9 * MiB)
	bob2.Add(14 * MiB)
	if len(full) != 0 || bob1.account.Tight() {
		t.Fatal("somebody is full")
	}
	bob3.Add(7 * MiB)
	bob3.Add(2 * MiB)
	if len(full) != 1 || !bob1.account.Tight() || alice.account.Tight() || nobody.account.Tight() {
		t.Fatalf("full %d times; tight: bob %v, alice %v", len(full), bob1.account.Tight(), alice.account.Tight())
	}
	if few := 2 * MiB / 3; !bob1.account.Modest(few) || bob1.account.Modest(few+1) || !alice.account.Modest(100*MiB) {
		t.Error("a sixteenth is for three")
	}
	if full[0].Shed(); !slices.Equal(ended, []string{"bob2"}) || !bob1.account.Tight() {
		t.Errorf("ended %v, tight %v", ended, bob1.account.Tight())
	}
	bob2.Set(0)
	bob2.account.Close()
	if bob1.account.Tight() || bob1.account.group.held.Load() != 20*MiB || bob1.account.group.ending.Load() != 0 {
		t.Errorf("%d bytes count, and %d of the ended one", bob1.account.group.held.Load(), bob1.account.group.ending.Load())
	}
}

// TestGroupGoesWithItsLast account, when all is given back.
func TestGroupGoesWithItsLast(t *testing.T) {
	var lock sync.Mutex
	pool := NewPool(1<<30, func() {})
	pool.LimitGroups(1<<20, func(*Group) {})
	a, b := pool.Open(&lock, func() {}), pool.Open(&lock, func() {})
	a.Join("bob", func() {})
	b.Join("bob", func() {})
	c := a.Charge(Sending)
	c.SetShared(3*step, step)
	a.Close()
	b.Close()
	if g := pool.groups["bob"]; g == nil || g.held.Load() != 3*step || g.size.Load() != 1 {
		t.Fatalf("the group is %+v", g)
	}
	c.Set(0)
	if len(pool.groups) != 0 || a.group.held.Load() != 0 {
		t.Errorf("%d groups are left", len(pool.groups))
	}
}

// TestLimitsMayChange while accounts are there: those who hold too much by the new ones are looked after at once.
func TestLimitsMayChange(t *testing.T) {
	const MiB = 1 << 20
	var lock sync.Mutex
	full := 0
	var groups []*Group
	pool := NewPool(100*MiB, func() { full++ })
	pool.LimitGroups(100*MiB, func(g *Group) { groups = append(groups, g) })
	a := pool.Open(&lock, func() {})
	a.Join("bob", func() {})
	a.Charge(Requests).Add(20 * MiB)
	pool.Limit(30*MiB, 20*MiB)
	if full != 0 || len(groups) != 0 || a.Tight() {
		t.Errorf("told %d and %d times, though all fits", full, len(groups))
	}
	pool.Limit(10*MiB, 5*MiB)
	if full != 1 || len(groups) != 1 || !a.Tight() {
		t.Errorf("told %d and %d times, tight: %v", full, len(groups), a.Tight())
	}
	pool.Limit(100*MiB, 0)
	if pool.Shed(); a.Tight() || a.ending {
		t.Error("there is room again, and somebody was ended")
	}
}
