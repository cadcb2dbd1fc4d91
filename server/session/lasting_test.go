package session

import (
	"bytes"
	"testing"
)

// TestLasting: a copy is as large as what it is of, and holds no more in memory than smallBatch says, for the sake of others.
func TestLasting(t *testing.T) {
	var batches [][]byte
	for i, size := range []int{100, 300, 112, 1, 512, 5000, 1, 511, 512, 513, 7} {
		batches = append(batches, bytes.Repeat([]byte{byte(i)}, size))
	}
	copies := lasting(batches)
	if len(copies) != len(batches) {
		t.Fatalf("%d copies", len(copies))
	}
	memory := map[*byte]bool{}
	for i, c := range copies {
		if !bytes.Equal(c, batches[i]) || cap(c) != len(c) {
			t.Errorf("copy %d has %d bytes of %d, or others", i, len(c), cap(c))
		}
		memory[&batches[i][0]] = true
	}
	for i, c := range copies {
		if memory[&c[0]] {
			t.Errorf("message %d is the same memory", i)
		}
	}
	allocs := testing.AllocsPerRun(100, func() { lasting(batches) })
	if want := float64(1 + 8); allocs != want { // the list; 100+300+112, 1, 512, 5000, 1+511, 512, 513, 7
		t.Errorf("%v allocations, want %v", allocs, want)
	}
}
