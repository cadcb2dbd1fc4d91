package gateway

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPrefixesMatch(t *testing.T) {
	var table prefixes[int]
	members := map[string]*member[int]{}
	for i, prefix := range []string{"", "a", "abc", "abd", "b", "abcdef"} {
		members[prefix] = table.add(prefix, i)
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
	if table.remove(members["abc"]); !slices.Equal(matching(&table, "abcdef"), []string{"", "a", "abcdef"}) {
		t.Errorf("after removal: got %q", matching(&table, "abcdef"))
	}
}

func matching(table *prefixes[int], name string) (found []string) {
	for _, topic := range table.match(nil, []byte(name)) {
		found = append(found, topic.prefix)
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
	var table prefixes[int]
	var members []*member[int]
	for step := range 20_000 {
		if len(members) < 30 || random.IntN(2) == 0 && len(members) < 300 {
			members = append(members, table.add(word(), step))
		} else {
			i := random.IntN(len(members))
			table.remove(members[i])
			members = slices.Delete(members, i, i+1)
		}
		name := word()
		want := map[int]bool{}
		for _, m := range members {
			if strings.HasPrefix(name, m.topic.prefix) {
				want[m.subscriber] = true
			}
		}
		got := 0
		for _, topic := range table.match(nil, []byte(name)) {
			for _, m := range topic.members {
				if got++; !want[m.subscriber] {
					t.Fatalf("seed %d, step %d: %q is not a prefix of %q", seed, step, topic.prefix, name)
				}
			}
		}
		if got != len(want) {
			t.Fatalf("seed %d, step %d: %q has %d subscribers, want %d", seed, step, name, got, len(want))
		}
	}
	for _, m := range members {
		table.remove(m)
	}
	if n := table.root; len(n.children) > 0 || n.topic != nil {
		t.Error("the empty tree is not empty")
	}
}

func TestPrefixesLookupDoesNotAllocate(t *testing.T) {
	var table prefixes[int]
	for i := range 1000 {
		table.add(fmt.Sprintf("topic.%d.", i), i)
	}
	var scratch []*topic[int]
	name := []byte("topic.500.x")
	if n := testing.AllocsPerRun(100, func() { scratch = table.match(scratch[:0], name) }); n > 0 {
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
				var table prefixes[int]
				names := make([][]byte, 0, n)
				for i := range n {
					table.add(kind.at(i), i)
					names = append(names, []byte(kind.at(i)+"EURUSD"))
				}
				rand.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
				var scratch []*topic[int]
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					scratch = table.match(scratch[:0], names[i%n])
				}
			})
		}
	}
}
