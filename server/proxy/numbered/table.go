package numbered

import (
	"iter"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Table is a map from numbers to pointers, for what comes and goes all the time and is few at any moment: there a map of Go spends
// more on what was deleted than on what is in it. Numbers that follow each other, as those of most clients do, are together in
// memory. The zero value is empty.
//
// Numbers find their places with the help of a secret, so that a client cannot choose them to be in each other's way.
type Table[T any] struct {
	places []place[T] // none, or a power of two, of which at most half are taken
	shift  int        // leaves of 64 bits those that number the blocks of places
	count  int
}

type place[T any] struct {
	number uint64
	value  *T // nil: nothing is here
}

const (
	blockSize = 4 // places of as many numbers that follow each other: a line of the cache
	fewPlaces = 16
	keptEmpty = 64 // places that are kept when nothing is left in them
)

// golden spreads numbers that follow each other, and secret those that would come together all the same.
const golden = 0x9E3779B97F4A7C15

var secret = rand.Uint64() | 1

// Len is how many there are.
func (t *Table[T]) Len() int { return t.count }

// Get is what has a number; nil: nothing has.
func (t *Table[T]) Get(number uint64) *T {
	if t.count == 0 {
		return nil
	}
	return t.places[t.find(number)].value
}

// Put gives a number to a value, which is not nil.
func (t *Table[T]) Put(number uint64, value *T) {
	if 2*t.count >= len(t.places) {
		t.grow()
	}
	p := &t.places[t.find(number)]
	if p.value == nil {
		t.count++
	}
	*p = place[T]{number, value}
}

// Delete takes out what has a number, if anything has.
func (t *Table[T]) Delete(number uint64) {
	if t.count == 0 {
		return
	}
	at := t.find(number)
	if t.places[at].value == nil {
		return
	}
	if t.count--; t.count == 0 && len(t.places) > keptEmpty {
		t.places = nil
		return
	}
	t.close(at)
}

// close empties a place, to which those behind it come nearer that were kept from theirs.
func (t *Table[T]) close(at int) {
	mask := len(t.places) - 1
	for next := (at + 1) & mask; t.places[next].value != nil; next = (next + 1) & mask {
		if away := (next - t.home(t.places[next].number)) & mask; away >= (next-at)&mask {
			t.places[at] = t.places[next]
			at = next
		}
	}
	t.places[at] = place[T]{}
}

// All is what there is at the moment of the call, in no order.
func (t *Table[T]) All() iter.Seq[*T] {
	all := make([]*T, 0, t.count)
	for i := range t.places {
		if v := t.places[i].value; v != nil {
			all = append(all, v)
		}
	}
	return slices.Values(all)
}

// find is the place of a number, or the free one that it would get. There are free ones.
func (t *Table[T]) find(number uint64) int {
	mask := len(t.places) - 1
	at := t.home(number)
	for t.places[at].value != nil && t.places[at].number != number {
		at = (at + 1) & mask
	}
	return at
}

// home is the place that a number has if no other is in its way.
func (t *Table[T]) home(number uint64) int {
	mixed := number / blockSize * golden
	mixed = (mixed ^ mixed>>32) * secret
	return int(mixed>>t.shift)*blockSize + int(number%blockSize)
}

func (t *Table[T]) grow() {
	before := t.places
	t.places = make([]place[T], max(fewPlaces, 2*len(before)))
	t.shift = 64 - bits.TrailingZeros(uint(len(t.places)/blockSize))
	for _, p := range before {
		if p.value != nil {
			t.places[t.find(p.number)] = p
		}
	}
}
