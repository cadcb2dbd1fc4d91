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

// TestInterestAgainstAPublisher: whatever is wanted and dropped, and whenever the connection is lost, the publisher ends up
// with just what is wanted, and what is live it has been told.
func TestInterestAgainstAPublisher(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	interest := NewInterest[int](nil)
	wanted := map[string]bool{}
	publisher := upstream(nil) // nil: there is no connection
	for step := range 50_000 {
		prefix := strings.Repeat("x", random.IntN(8))
		switch random.IntN(20) {
		case 0:
			interest.Disconnected(0)
			publisher = nil
		case 1:
			interest.Disconnected(0) // there may be a connection, and there is one at a time
			interest.Connected(0)
			publisher = upstream{}
		case 2, 3, 4, 5:
			changes := interest.Next(0, 1+random.IntN(4))
			if publisher == nil && len(changes) > 0 {
				t.Fatalf("step %d: %v are to be sent to nobody", step, changes)
			}
			publisher.apply(t, changes)
			interest.Settle(0, changes)
		default:
			if !wanted[prefix] {
				interest.Want(prefix)
			} else {
				interest.Drop(prefix)
			}
			wanted[prefix] = !wanted[prefix]
		}
		for prefix := range wanted {
			if interest.Live(prefix) && !publisher[prefix] {
				t.Fatalf("step %d: %q counts as live", step, prefix)
			}
		}
	}
	interest.Disconnected(0)
	interest.Connected(0)
	publisher = upstream{}
	publisher.apply(t, interest.Next(0, 1000))
	for prefix := range wanted {
		if wanted[prefix] != publisher[prefix] {
			t.Errorf("%q: wanted %v, the publisher has %v", prefix, wanted[prefix], publisher[prefix])
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
