package topic

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// upstream applies changes as a publisher does.
type upstream map[string]bool

func (u upstream) apply(t *testing.T, changes []Change) {
	t.Helper()
	for _, c := range changes {
		if !c.Wanted && !u[c.Prefix] {
			t.Fatalf("%q is canceled, of which the publisher was never told", c.Prefix)
		}
		u[c.Prefix] = c.Wanted
	}
}

// TestInterestAgainstPublishers: whatever is wanted and dropped, and whenever a connection is lost, every publisher ends up
// with just what is wanted, and what is live all have been told that are there.
func TestInterestAgainstPublishers(t *testing.T) {
	for _, count := range []int{1, 3, MaxPublishers} {
		const seed = 1
		random := rand.New(rand.NewPCG(seed, seed))
		interest := NewInterest[int](nil)
		for range count - 1 {
			interest.Add(nil)
		}
		wanted := map[string]bool{}
		publishers := make([]upstream, count) // nil: there is no connection
		for step := range 50_000 {
			prefix := strings.Repeat("x", random.IntN(8))
			n := random.IntN(count)
			switch random.IntN(20) {
			case 0:
				interest.Disconnected(n)
				publishers[n] = nil
			case 1:
				interest.Disconnected(n) // there may be a connection, and there is one at a time
				interest.Connected(n)
				publishers[n] = upstream{}
			case 2, 3, 4, 5:
				changes := interest.Next(n, 1+random.IntN(4))
				if publishers[n] == nil && len(changes) > 0 {
					t.Fatalf("step %d: %v are to be sent to nobody", step, changes)
				}
				publishers[n].apply(t, changes)
				interest.Settle(n, changes)
			default:
				if !wanted[prefix] {
					interest.Want(prefix)
				} else {
					interest.Drop(prefix)
				}
				wanted[prefix] = !wanted[prefix]
			}
			for prefix := range wanted {
				if !interest.Live(prefix) {
					continue
				}
				told := 0
				for n, publisher := range publishers {
					if publisher[prefix] {
						told++
					} else if publisher != nil {
						t.Fatalf("step %d: %q counts as live, and publisher %d does not know", step, prefix, n)
					}
				}
				if told == 0 {
					t.Fatalf("step %d: %q counts as live with nobody", step, prefix)
				}
			}
		}
		for n, publisher := range publishers {
			interest.Disconnected(n)
			interest.Connected(n)
			publisher = upstream{}
			publisher.apply(t, interest.Next(n, 1000))
			for prefix := range wanted {
				if wanted[prefix] != publisher[prefix] {
					t.Errorf("%q: wanted %v, publisher %d has %v", prefix, wanted[prefix], n, publisher[prefix])
				}
			}
		}
	}
}

// TestInterestInSeveral: a prefix is live when it is wherever somebody is, and whoever waits for that hears of it once.
func TestInterestInSeveral(t *testing.T) {
	const a, b = 0, 1
	change := []Change{{"x", true}}
	for name, test := range map[string]struct {
		happens func(i *Interest[int]) (calls []func())
		live    bool
	}{
		"nothing": {func(*Interest[int]) []func() { return nil }, false},
		"one, and nobody knows of the other": {func(i *Interest[int]) []func() {
			i.Connected(a)
			return i.Settle(a, change)
		}, false},
		"one, and then the other is away": {func(i *Interest[int]) []func() {
			i.Connected(a)
			return append(i.Settle(a, change), i.Disconnected(b)...)
		}, true},
		"one of two": {func(i *Interest[int]) []func() {
			i.Connected(a)
			i.Connected(b)
			return i.Settle(b, change)
		}, false},
		"both": {func(i *Interest[int]) []func() {
			i.Connected(a)
			i.Connected(b)
			return append(i.Settle(b, change), i.Settle(a, change)...)
		}, true},
		"one of two, and then the other goes": {func(i *Interest[int]) []func() {
			i.Connected(a)
			i.Connected(b)
			return append(i.Settle(b, change), i.Disconnected(a)...)
		}, true},
		"both go": {func(i *Interest[int]) []func() {
			i.Connected(a)
			i.Connected(b)
			return append(i.Disconnected(b), i.Disconnected(a)...)
		}, false},
		"one, and one is added later": {func(i *Interest[int]) []func() {
			i.Connected(a)
			i.Disconnected(b)
			i.Add(nil)
			return i.Settle(a, change)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			i := NewInterest[int](nil)
			i.Add(nil)
			heard := 0
			i.Want("x")
			i.Await("x", 0, func() { heard++ })
			for _, call := range test.happens(&i) {
				call()
			}
			if want := map[bool]int{true: 1}[test.live]; i.Live("x") != test.live || heard != want {
				t.Errorf("live: %v, heard %d times", i.Live("x"), heard)
			}
		})
	}
}

// TestAllowancesOfSeveral: what one of them has no room for none is asked for.
func TestAllowancesOfSeveral(t *testing.T) {
	roomy, tight := NewAllowance(100), NewAllowance(3)
	i := NewInterest[int](roomy)
	i.Add(tight)
	if !i.Want("aa") || i.Want("bb") || i.wanted["bb"] != nil || roomy.used.Load() != 2 {
		t.Errorf("%v are wanted, which take %d bytes", i.wanted, roomy.used.Load())
	}
	late := NewAllowance(1)
	i.Add(late)
	i.Drop("aa")
	for _, a := range []*Allowance{roomy, tight, late} {
		if used := a.used.Load(); used != 0 {
			t.Errorf("%d bytes are not given back", used)
		}
	}
}

// TestInterestWaits: who awaits a prefix hears of it once, and not at all when it was forgone.
func TestInterestWaits(t *testing.T) {
	interest := NewInterest[string](nil)
	var heard []string
	await := func(prefix, who string) {
		interest.Want(prefix)
		interest.Await(prefix, who, func() { heard = append(heard, who) })
	}
	await("a", "first")
	await("a", "second")
	await("b", "third")
	interest.Forgo("a", "first")
	interest.Connected(0)
	call := func(calls []func()) string {
		heard = nil
		for _, f := range calls {
			f()
		}
		return strings.Join(heard, " ")
	}
	interest.Next(0, 1000)
	if got := call(interest.Settle(0, []Change{{"a", true}, {"b", false}, {"gone", true}})); got != "second" {
		t.Errorf("%q heard that a is live", got)
	}
	if !interest.Live("a") || interest.Live("b") || interest.CountLive() != 1 {
		t.Error("a is to be live, and nothing else")
	}
	if got := call(interest.Abandon()); got != "third" {
		t.Errorf("%q heard of the end", got)
	}
	if got := call(interest.Abandon()); got != "" {
		t.Errorf("%q heard of it twice", got)
	}
}
