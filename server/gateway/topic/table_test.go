package topic

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPrefixesMatch(t *testing.T) {
	var table Table[int]
	members := map[string]*Member[int]{}
	for i, prefix := range []string{"", "a", "abc", "abd", "b", "abcdef"} {
		members[prefix], _ = table.Add(prefix, i)
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
		if got := matching(&table, name); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if table.Remove(members["abc"]); !slices.Equal(matching(&table, "abcdef"), []string{"", "a", "abcdef"}) {
		t.Errorf("after removal: got %q", matching(&table, "abcdef"))
	}
}

func matching(table *Table[int], name string) (found []string) {
	for _, prefix := range table.Match(nil, []byte(name)) {
		found = append(found, prefix.Name)
	}
	return found
}

// TestPrefixesAgainstAList compares the tree with the obvious, over random additions and removals.
func TestPrefixesAgainstAList(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	word := func() string {
		b := make([]byte, random.IntN(7))
		for i := range b {
			b[i] = "abc"[random.IntN(3)]
		}
		return string(b)
	}
	var table Table[int]
	var members []*Member[int]
	for step := range 20_000 {
		if len(members) < 30 || random.IntN(2) == 0 && len(members) < 300 {
			m, _ := table.Add(word(), step)
			members = append(members, m)
		} else {
			i := random.IntN(len(members))
			table.Remove(members[i])
			members = slices.Delete(members, i, i+1)
		}
		name := word()
		want := map[int]bool{}
		for _, m := range members {
			if strings.HasPrefix(name, m.Prefix()) {
				want[m.Subscriber] = true
			}
		}
		got := 0
		for _, prefix := range table.Match(nil, []byte(name)) {
			for _, m := range prefix.Members {
				if got++; !want[m.Subscriber] {
					t.Fatalf("seed %d, step %d: %q is not a prefix of %q", seed, step, prefix.Name, name)
				}
			}
		}
		if got != len(want) {
			t.Fatalf("seed %d, step %d: %q has %d subscribers, want %d", seed, step, name, got, len(want))
		}
	}
	for _, m := range members {
		table.Remove(m)
	}
	if left := matching(&table, "abcabc"); len(left) > 0 {
		t.Errorf("the empty table has %q", left)
	}
}

func TestPrefixesLookupDoesNotAllocate(t *testing.T) {
	var table Table[int]
	for i := range 1000 {
		table.Add(fmt.Sprintf("topic.%d.", i), i)
	}
	var scratch []*Prefix[int]
	name := []byte("topic.500.x")
	if n := testing.AllocsPerRun(100, func() { scratch = table.Match(scratch[:0], name) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkPrefixes: the cost follows the length of what is looked up, not the number of prefixes nor of their lengths.
func BenchmarkPrefixes(b *testing.B) {
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
				var table Table[int]
				names := make([][]byte, 0, n)
				for i := range n {
					table.Add(kind.at(i), i)
					names = append(names, []byte(kind.at(i)+"EURUSD"))
				}
				rand.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
				var scratch []*Prefix[int]
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					scratch = table.Match(scratch[:0], names[i%n])
				}
			})
		}
	}
}
