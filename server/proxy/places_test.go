//go:build !(386 || arm || mips || mipsle)

package proxy

import (
	"testing"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestPlacesOfARequest: what is looked at when an answer comes is in two lines of the cache, where pointers have eight bytes.
func TestPlacesOfARequest(t *testing.T) {
	var r pendingRequest
	if size := unsafe.Sizeof(r); size != 256 {
		t.Errorf("a request takes %d bytes: places of another size do not begin with a line of the cache", size)
	}
	if rest := unsafe.Offsetof(r.message); rest > 128 {
		t.Errorf("what is looked at takes %d bytes", rest)
	}
	if size := unsafe.Sizeof(gateway.Request{}); size > 88 {
		t.Errorf("a request of a gateway takes %d bytes", size)
	}
}
