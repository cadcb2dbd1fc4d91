package session

import (
	"testing"
	"unsafe"
)

// TestSizes: a byte more, and each client takes as much more as to the next size of the allocator. It has eight bytes of its own in
// what is larger than 512 bytes. Where a pointer has four bytes all of it is smaller.
func TestSizes(t *testing.T) {
	if size := unsafe.Sizeof(session{}); size > 896-8 {
		t.Errorf("a session takes %d bytes", size)
	}
	if size := unsafe.Sizeof(line{}); size > 480 {
		t.Errorf("a line takes %d bytes", size)
	}
}
