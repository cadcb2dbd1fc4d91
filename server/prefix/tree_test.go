package prefix

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func put(t *Tree[int], prefix string, v int) { t.Put(prefix, &v) }

func TestMatch(t *testing.T) {
	var tree Tree[string]
	for _, prefix := range []string{"", "a", "abc", "abd", "b", "abcdef"} {
		tree.Put(prefix, &prefix)
	}
	matching := func(name string) (found []string) {
		for _, prefix := range tree.Match(nil, []byte(name)) {
			found = append(found, *prefix)
		}
		return found
	}
	for name, want := range map[string][]string{
		"":         {""},
		"a":        {"", "a"},
		"ab":       {"", "a"},
		"abc":      {"", "a", "abc"},
		"abcdeg":   {"", "a", "abc"},
		"abcdefgh": {"", "a", "abc", "abcdef"},
		"c":        {""},
		"\x00":     {""},
	} {
		if got := matching(name); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if tree.Delete("abc"); !slices.Equal(matching("abcdef"), []string{"", "a", "abcdef"}) {
		t.Errorf("after removal: got %q", matching("abcdef"))
	}
}

// TestTreeAgainstAMap compares the tree with a map that is searched for every prefix of a name.
func TestTreeAgainstAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		return strings.Map(func(rune) rune { return rune('a' + r.IntN(3)) }, "123456"[:r.IntN(7)])
	}
	var tree Tree[int]
	want := map[string]int{}
	for step := range 20_000 {
		switch prefix := word(); r.IntN(3) {
		case 0:
			put(&tree, prefix, step)
			want[prefix] = step
		case 1:
			tree.Delete(prefix)
			delete(want, prefix)
		}
		compare(t, step, &tree, want, word())
	}
	for prefix := range maps.Clone(want) {
		tree.Delete(prefix)
	}
	if n := &tree.root; len(n.children) > 0 || n.value != nil {
		t.Error("the empty tree is not empty")
	}
}

func compare(t *testing.T, step int, tree *Tree[int], want map[string]int, name string) {
	t.Helper()
	var all []int
	longest := "none"
	for n := range len(name) + 1 {
		if v, ok := want[name[:n]]; ok {
			all = append(all, v)
			longest = fmt.Sprint(v)
		}
	}
	var got []int
	for _, v := range tree.Match(nil, []byte(name)) {
		got = append(got, *v)
	}
	if !slices.Equal(got, all) {
		t.Fatalf("step %d: %q matches %v, want %v", step, name, got, all)
	}
	if got := text(tree.Longest([]byte(name))); got != longest {
		t.Fatalf("step %d: the longest prefix of %q is %s, want %s", step, name, got, longest)
	}
	exact := "none"
	if v, ok := want[name]; ok {
		exact = fmt.Sprint(v)
	}
	if got := text(tree.Get(name)); got != exact {
		t.Fatalf("step %d: %q stands for %s, want %s", step, name, got, exact)
	}
}

func text(v *int) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(*v)
}

func TestLookUpDoesNotAllocate(t *testing.T) {
	var tree Tree[int]
	for i := range 1000 {
		put(&tree, fmt.Sprintf("topic.%d.", i), i)
	}
	var scratch []*int
	name := []byte("topic.500.x")
	if n := testing.AllocsPerRun(100, func() { scratch = tree.Match(scratch[:0], name) }); n > 0 {
		t.Errorf("Match: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { tree.Longest(name) }); n > 0 {
		t.Errorf("Longest: %v allocations", n)
	}
}

// BenchmarkMatch: the cost follows the length of what is looked up, not the number of prefixes nor of their lengths.
func BenchmarkMatch(b *testing.B) {
	kinds := []struct {
		name string
		at   func(i int) string
	}{
		{"numbered", func(i int) string { return fmt.Sprintf("topic.%d.", i) }},
		{"random", func(i int) string { return fmt.Sprintf("%x", rand.New(rand.NewPCG(uint64(i), 1)).Uint64()) }},
		{"nested", func(i int) string { return strings.Repeat("x", i%1000) }},
	}
	for _, kind := range kinds {
		for _, n := range []int{10, 1000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				var tree Tree[int]
				names := make([][]byte, 0, n)
				for i := range n {
					put(&tree, kind.at(i), i)
					names = append(names, []byte(kind.at(i)+"EURUSD"))
				}
				rand.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
				var scratch []*int
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					scratch = tree.Match(scratch[:0], names[i%n])
				}
			})
		}
	}
}
