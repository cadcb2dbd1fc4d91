package prefix

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLongestPrefix compares Longest with a map that is searched from the longest prefix down. There are two letters only,
// so that most names have a prefix in the tree.
func TestLongestPrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		return strings.Map(func(rune) rune { return rune('a' + r.IntN(2)) }, "123456"[:r.IntN(6)])
	}
	var tree Tree[int]
	want := map[string]int{}
	for i := range 20_000 {
		switch prefix := word(); r.IntN(3) {
		case 0:
			put(&tree, prefix, i)
			want[prefix] = i
		case 1:
			tree.Delete(prefix)
			delete(want, prefix)
		}
		topic, found := word(), "none"
		for n := len(topic); n >= 0; n-- {
			if v, ok := want[topic[:n]]; ok {
				found = fmt.Sprint(v)
				break
			}
		}
		if got := text(tree.Longest([]byte(topic))); got != found {
			t.Fatalf("step %d: %q matches %s, want %s", i, topic, got, found)
		}
	}
}

func TestLongestPrefixDoesNotAllocate(t *testing.T) {
	var tree Tree[int]
	for i, prefix := range []string{"", "f", "fx", "fx.", "fx.EUR"} {
		put(&tree, prefix, i)
	}
	topic := []byte("fx.EURUSD")
	if n := testing.AllocsPerRun(100, func() { tree.Longest(topic) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
