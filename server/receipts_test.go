package server

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestReceipts: the client of a PUSH is told which of its messages have left, and by its number of each that never will.
func TestReceipts(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	pull := startPeer(t, "peer", 0, "--type", "PULL")
	c := dialWith(t, url, core.CanReceipts|core.CanDisconnect)
	c.send(openFrame(core.PUSH, 1, false, pull.address()))
	c.await(core.KindCredit)
	c.send(messageFrame("a"), messageFrame("b"))
	for next := uint64(1); next < 3; {
		f := c.await(core.KindLeft)
		if f.ID != next || f.Messages == 0 || f.ID+f.Messages > 3 {
			t.Fatalf("%d from %d on have left, and %d is next", f.Messages, f.ID, next)
		}
		next += f.Messages
	}
	for _, want := range []string{"a", "b"} {
		if got := pull.hear(); got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	pull.kill()
	if f := c.await(core.KindState); f.Code != core.Unavailable {
		t.Errorf("%v", f.Code)
	}
	c.send(messageFrame("c"), messageFrame("d"), core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1})
	for number := uint64(3); number <= 4; number++ {
		if f := c.next(); f.Kind != core.KindFailed || f.ID != number || f.Code != core.Unavailable {
			t.Errorf("message %d: %v %d %v", number, f.Kind, f.ID, f.Code)
		}
	}
}
