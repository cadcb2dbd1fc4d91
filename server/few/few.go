package few

import "iter"

// Map is a map that keeps one entry in itself. The zero value is empty. As with a map, nil is, too, and nothing can be
// set there. Entries may be deleted and set while one goes through All. It is not safe for concurrent use.
type Map[K comparable, V any] struct {
	key   K
	one   bool // key and value are an entry
	value V
	more  map[K]V // all others; nil: there are none
}

// Get is the value of a key.
func (m *Map[K, V]) Get(key K) (value V, known bool) {
	if m == nil {
		return value, false
	}
	if m.one && m.key == key {
		return m.value, true
	}
	value, known = m.more[key]
	return value, known
}

// At is the value of a key, or the zero value.
func (m *Map[K, V]) At(key K) V {
	value, _ := m.Get(key)
	return value
}

// Set puts a value at a key.
func (m *Map[K, V]) Set(key K, value V) {
	_, isMore := m.more[key]
	switch {
	case isMore:
		m.more[key] = value
	case !m.one || m.key == key:
		m.key, m.value, m.one = key, value, true
	case m.more == nil:
		m.more = map[K]V{key: value}
	default:
		m.more[key] = value
	}
}

// Delete takes a key out.
func (m *Map[K, V]) Delete(key K) {
	if m == nil {
		return
	}
	if m.one && m.key == key {
		var none Map[K, V]
		m.key, m.value, m.one = none.key, none.value, false
		return
	}
	if delete(m.more, key); len(m.more) == 0 {
		m.more = nil
	}
}

// Clear takes all out.
func (m *Map[K, V]) Clear() {
	clear(m.more) // for who goes through it
	*m = Map[K, V]{}
}

// Len is how many entries there are.
func (m *Map[K, V]) Len() int {
	if m == nil {
		return 0
	}
	if m.one {
		return 1 + len(m.more)
	}
	return len(m.more)
}

// All goes through the entries, in no order.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m == nil || m.one && !yield(m.key, m.value) {
			return
		}
		for key, value := range m.more {
			if !yield(key, value) {
				return
			}
		}
	}
}

// Keys goes through the keys.
func (m *Map[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for key := range m.All() {
			if !yield(key) {
				return
			}
		}
	}
}

// Values goes through the values.
func (m *Map[K, V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, value := range m.All() {
			if !yield(value) {
				return
			}
		}
	}
}
