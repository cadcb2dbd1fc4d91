//go:build !js

package wsconn

import (
	"testing"
	"unsafe"
)

// A byte more, and each connection takes 64 more.
func TestAcceptedFillsASizeOfTheAllocator(t *testing.T) {
	if size := unsafe.Sizeof(accepted{}); size > 512 && unsafe.Sizeof(uintptr(0)) == 8 {
		t.Errorf("an accepted connection takes %d bytes", size)
	}
}
