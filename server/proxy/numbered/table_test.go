package numbered

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTableIsAMap does at random what a client may do, with numbers in a row, at random, and a power of two apart.
func TestTableIsAMap(t *testing.T) {
	numberings := map[string]func(r *rand.Rand, n uint64) uint64{
		"in a row":     func(_ *rand.Rand, n uint64) uint64 { return n },
		"at random":    func(r *rand.Rand, _ uint64) uint64 { return r.Uint64() },
		"few":          func(r *rand.Rand, _ uint64) uint64 { return r.Uint64N(40) },
		"far apart":    func(_ *rand.Rand, n uint64) uint64 { return n << 56 },
		"at the limit": func(_ *rand.Rand, n uint64) uint64 { return -n },
	}
	for name, number := range numberings {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var table Table[int]
			model := map[uint64]*int{}
			for n := range uint64(20_000) {
				most := []int{1, 16, 300, 0}[n/5000]
				for id, value := range model {
					if len(model) <= most {
						break
					}
					if table.Get(id) != value {
						t.Fatalf("%d is not what it was", id)
					}
					table.Delete(id)
					delete(model, id)
				}
				id := number(r, n)
				switch r.IntN(8) {
				case 0:
					table.Delete(id)
					delete(model, id)
				default:
					table.Put(id, new(int))
					model[id] = table.Get(id)
				}
				if table.Get(id) != model[id] || table.Len() != len(model) || 2*table.count > len(table.places) {
					t.Fatalf("after %d steps %d of %d are in %d places", n, table.Len(), len(model), len(table.places))
				}
			}
			if all := slices.Collect(table.All()); len(all) != len(model) {
				t.Errorf("%d, not %d", len(all), len(model))
			}
			for value := range table.All() {
				if !slices.Contains(slices.Collect(maps.Values(model)), value) {
					t.Error("something is left that was deleted")
				}
			}
		})
	}
}

// TestEmptyTable has nothing, and takes no memory for what it once had, but for a little.
func TestEmptyTable(t *testing.T) {
	var table Table[int]
	table.Delete(1)
	if table.Get(1) != nil || table.Len() != 0 {
		t.Error("there is something")
	}
	for id := range uint64(1000) {
		table.Put(id, new(int))
	}
	for id := range uint64(1000) {
		table.Delete(id)
		table.Delete(id)
	}
	for range table.All() {
		t.Error("something is left")
	}
	if table.Len() != 0 || len(table.places) > keptEmpty {
		t.Errorf("there are %d, and places for %d", table.Len(), len(table.places))
	}
	table.Put(1, new(int))
	if table.Get(1) == nil || table.Get(5) != nil {
		t.Error("it is not used again")
	}
}

// BenchmarkWindow is a client that has 16 requests outstanding, in turns with 499 others.
func BenchmarkWindow(b *testing.B) {
	const clients, window = 500, 16
	value := new(int)
	b.Run("table", func(b *testing.B) {
		tables := make([]Table[int], clients)
		for i := range b.N {
			t, id := &tables[i/window%clients], uint64(i/window/clients*window+i%window)
			t.Put(id, value)
			t.Delete(id - window)
		}
	})
	b.Run("map", func(b *testing.B) {
		all := make([]map[uint64]*int, clients)
		for i := range all {
			all[i] = map[uint64]*int{}
		}
		for i := range b.N {
			t, id := all[i/window%clients], uint64(i/window/clients*window+i%window)
			t[id] = value
			delete(t, id-window)
		}
	})
}
