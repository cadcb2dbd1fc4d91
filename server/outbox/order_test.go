package outbox

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestPlaceIsBehindTheGap: a client is not told a place that is behind what it lost and does not know of.
func TestPlaceIsBehindTheGap(t *testing.T) {
	r := newRig(t, settings{hwm: 2})
	r.subscribe(1, "a", core.DropNewest, none)
	r.subscribe(2, "b", core.DropNewest, none)
	for i, topic := range []string{"a", "a", "a", "b"} { // the third finds no room
		r.deliverAt(r.q, fmt.Sprintf("%s=%d", topic, i+1), uint64(i+1))
	}
	r.grant(10)
	r.expect("a=1@1/1 a=2@1/2 [1 busy 1] b=4@1/4")
}
