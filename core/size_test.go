package core

import (
	"testing"
	"unsafe"
)

// TestSessionFillsASizeOfTheAllocator: a bridge has one for each client, and that is a size which the allocator has.
func TestSessionFillsASizeOfTheAllocator(t *testing.T) {
	if size := unsafe.Sizeof(Session{}); size > 448 && unsafe.Sizeof(uintptr(0)) == 8 {
		t.Errorf("a session takes %d bytes", size)
	}
}
