package pubsub

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// listener is a Subscriber that writes down what it is given: the numbers that are the second parts.
type listener struct {
	got    []uint64
	visits int
	panics bool // at the next visit
}

func (l *listener) Deliver(p burst.Part) {
	if l.panics {
		l.panics = false
		panic("a subscriber that fails")
	}
	l.visits++
	p.Each(func(_ int, m core.Message, _ core.Body) { l.got = append(l.got, binary.BigEndian.Uint64(m[1])) })
}

// numbered is message n of a topic, with so many bytes.
func numbered(topic string, n uint64, size int) core.Message {
	return core.Message{[]byte(topic), binary.BigEndian.AppendUint64(make([]byte, 0, size+8), n)[: size+8 : size+8]}
}

// crowd is so many listeners that they are visited in several groups.
func crowd(t *testing.T, f *Feed, prefixes func(i int) []string) []*listener {
	t.Helper()
	before := runtime.GOMAXPROCS(2)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	listeners := make([]*listener, 5*2*minShare)
	for i := range listeners {
		listeners[i] = &listener{}
		x := f.Attach(listeners[i])
		for _, prefix := range prefixes(i) {
			if err := x.Subscribe([]byte(prefix), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return listeners
}

// TestCrowdGetsEachMessageOnce and in order, whenever the reader goes on to the next group, takes more, or waits.
func TestCrowdGetsEachMessageOnce(t *testing.T) {
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 0))
		f := newFeed(Options{})
		listeners := crowd(t, f, func(i int) []string { return []string{"all", []string{"even", "odd"}[i%2]} })
		want := make([][]uint64, len(listeners))
		mostGroups := 0
		for n := range uint64(400) {
			topic := []string{"all", "all", "even", "odd", "nobody"}[random.IntN(5)]
			size := random.IntN(300)
			if random.IntN(20) == 0 {
				size = maxGrouped + random.IntN(20<<10)
			}
			if err := f.gather(numbered(topic, n, size), random.IntN(1000)); err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if topic == "all" || topic == []string{"even", "odd"}[i%2] {
					want[i] = append(want[i], n)
				}
			}
			mostGroups = max(mostGroups, f.gathering.waiting)
			for random.IntN(2) == 0 {
				if _, err := f.pause(); err != nil {
					t.Fatal(err)
				}
			}
			if random.IntN(30) == 0 {
				f.flush()
				checkHeard(t, listeners, want)
			}
		}
		f.flush()
		checkHeard(t, listeners, want)
		if mostGroups < 4 {
			t.Errorf("there were never more than %d groups", mostGroups)
		}
	}
}

func checkHeard(t *testing.T, listeners []*listener, want [][]uint64) {
	t.Helper()
	for i, l := range listeners {
		if !slices.Equal(l.got, want[i]) {
			t.Fatalf("listener %d got %v, want %v", i, l.got, want[i])
		}
	}
}

// TestVisitCarriesWhatHasComeMeanwhile: who is visited late is visited once for what came while others were visited.
func TestVisitCarriesWhatHasComeMeanwhile(t *testing.T) {
	f := newFeed(Options{})
	listeners := crowd(t, f, func(int) []string { return []string{""} })
	const rounds = 12
	more := true
	for n := range uint64(rounds) {
		if err := f.gather(numbered("all", n, 10), 0); err != nil {
			t.Fatal(err)
		}
		if more, _ = f.pause(); !more {
			t.Fatal("everybody was visited in one go")
		}
	}
	f.flush()
	visits := 0
	for i, l := range listeners {
		if len(l.got) != rounds || !slices.IsSorted(l.got) {
			t.Fatalf("listener %d got %v", i, l.got)
		}
		visits += l.visits
	}
	if most := len(listeners) * rounds / 2; visits > most {
		t.Errorf("%d visits, want at most %d", visits, most)
	}
}

// TestPanicAtOneSubscriber is an error for whoever delivers, and all others get what they are to get, then and later.
func TestPanicAtOneSubscriber(t *testing.T) {
	f := newFeed(Options{})
	listeners := crowd(t, f, func(int) []string { return []string{""} })
	for i := range listeners {
		if i%100 == 7 {
			listeners[i].panics = true
		}
	}
	if err := f.Receive(numbered("all", 1, 10)); core.CodeOf(err) != core.Internal {
		t.Errorf("the error is %v", err)
	}
	if err := f.Receive(numbered("all", 2, 10)); err != nil {
		t.Errorf("the error is %v when nobody panics any more", err)
	}
	for i, l := range listeners {
		want := []uint64{1, 2}
		if i%100 == 7 {
			want = want[1:]
		}
		if !slices.Equal(l.got, want) {
			t.Fatalf("listener %d got %v, want %v", i, l.got, want)
		}
	}
}
