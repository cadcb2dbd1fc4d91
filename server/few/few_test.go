package few

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// TestMap: it does what a map does.
func TestMap(t *testing.T) {
	var m Map[int, string]
	want := map[int]string{}
	for i := range 20000 {
		key := rand.IntN(4)
		switch rand.IntN(7) {
		case 0, 1, 2:
			value := string(rune('a' + i%26))
			m.Set(key, value)
			want[key] = value
		case 3, 4, 5:
			m.Delete(key)
			delete(want, key)
		default:
			if rand.IntN(20) == 0 {
				m.Clear()
				clear(want)
			}
		}
		value, known := m.Get(key)
		is, wants := want[key]
		if value != is || known != wants || m.At(key) != is || m.Len() != len(want) || !maps.Equal(maps.Collect(m.All()), want) {
			t.Fatalf("%v instead of %v", maps.Collect(m.All()), want)
		}
		if len(slices.Collect(m.Keys())) != len(want) || len(slices.Collect(m.Values())) != len(want) {
			t.Fatalf("keys %v, values %v of %v", slices.Collect(m.Keys()), slices.Collect(m.Values()), want)
		}
	}
}

// TestWhileGoingThrough: what is deleted does not come any more, and what is changed is not lost.
func TestWhileGoingThrough(t *testing.T) {
	for first := range 3 {
		var m Map[int, int]
		for i := range 3 {
			m.Set((first+i)%3, 1)
		}
		seen := 0
		for key := range m.All() {
			for other := range 3 {
				if other != key {
					m.Delete(other)
				}
			}
			m.Set(key, 2)
			seen++
		}
		if seen != 1 || m.Len() != 1 || len(slices.Collect(m.Values())) != 1 || slices.Collect(m.Values())[0] != 2 {
			t.Errorf("%d were seen, and %v is left", seen, maps.Collect(m.All()))
		}
		m.Set(7, 7)
		for range m.All() {
			break
		}
		for range m.Keys() {
			break
		}
		for range m.Values() {
			break
		}
	}
}

// TestNil: it is empty.
func TestNil(t *testing.T) {
	var m *Map[string, int]
	m.Delete("a")
	if _, known := m.Get("a"); known || m.At("a") != 0 || m.Len() != 0 || len(slices.Collect(m.Keys())) != 0 {
		t.Error("something is in it")
	}
}

// TestOneTakesNothing beside the map itself.
func TestOneTakesNothing(t *testing.T) {
	var m Map[uint32, *int]
	value := new(int)
	if n := testing.AllocsPerRun(100, func() {
		m.Set(1, value)
		m.Delete(1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if size := unsafe.Sizeof(m); size > 3*unsafe.Sizeof(uintptr(0)) {
		t.Errorf("it takes %d bytes", size)
	}
}
