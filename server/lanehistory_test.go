package server

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestPlaceIsBehindTheGap: a client is not told a place that is behind what it lost and does not know of.
func TestPlaceIsBehindTheGap(t *testing.T) {
	r := newRig(t, Config{HWM: 2})
	r.subscribe(1, "a", core.DropNewest, none)
	r.subscribe(2, "b", core.DropNewest, none)
	for i, topic := range []string{"a", "a", "a", "b"} { // the third finds no room
		body := core.EncodeBody(core.Message{[]byte(topic), []byte(fmt.Sprint(i + 1))})
		r.s.deliver(r.k, &outgoing{body: body, size: 2, endpoint: 1, offset: uint64(i + 1)})
	}
	r.grant(10)
	r.expect("a=1@1/1 a=2@1/2 [1 busy 1] b=4@1/4")
}
