package gateway

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLongestPrefix compares it with a map that is searched from the longest prefix down.
func TestLongestPrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		return strings.Map(func(rune) rune { return rune('a' + r.IntN(2)) }, "123456"[:r.IntN(6)])
	}
	var p LongestPrefix[int]
	want := map[string]int{}
	for i := range 20_000 {
		switch prefix := word(); r.IntN(3) {
		case 0:
			p.Put(prefix, i)
			want[prefix] = i
		case 1:
			p.Delete(prefix)
			delete(want, prefix)
		}
		topic, found := word(), "none"
		for n := len(topic); n >= 0; n-- {
			if v, ok := want[topic[:n]]; ok {
				found = fmt.Sprint(v)
				break
			}
		}
		got := "none"
		if v, ok := p.Match([]byte(topic)); ok {
			got = fmt.Sprint(v)
		}
		if got != found {
			t.Fatalf("step %d: %q matches %s, want %s", i, topic, got, found)
		}
		v, ok := p.Get(topic)
		if wantV, wantOK := want[topic]; v != wantV || ok != wantOK {
			t.Fatalf("step %d: %q stands for %d, %v, want %d, %v", i, topic, v, ok, wantV, wantOK)
		}
	}
}

func TestLongestPrefixDoesNotAllocate(t *testing.T) {
	var p LongestPrefix[int]
	for i, prefix := range []string{"", "f", "fx", "fx.", "fx.EUR"} {
		p.Put(prefix, i)
	}
	topic := []byte("fx.EURUSD")
	if n := testing.AllocsPerRun(100, func() { p.Match(topic) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
