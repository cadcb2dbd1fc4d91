package aside

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func frame(kind core.Kind, id uint64) Frame {
	f := core.Frame{Kind: kind, ID: id}
	return Frame{Frame: f, Size: SizeOf(&f)}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestTurn goes from one to the next: judges come before the frames that wait, and frames in their order.
func TestTurn(t *testing.T) {
	var turn Turn
	if !turn.Take() || turn.Take() || !turn.Taken() {
		t.Fatal("it is not one's at a time")
	}
	first, second := turn.Judge(), turn.Judge()
	for id := range uint64(2) {
		turn.Put(frame(core.KindOpen, id))
	}
	if _, is := turn.Next(); is {
		t.Error("a frame is handled before a judge")
	}
	if turn.Pass() || !closed(first) || closed(second) {
		t.Error("it does not go to the first judge")
	}
	if !turn.Leave(second) || turn.Leave(first) {
		t.Error("who waits can leave, and nobody else")
	}
	if !turn.Pass() {
		t.Error("it does not go to the frames")
	}
	for id := range uint64(2) {
		if f, is := turn.Next(); !is || f.ID != id {
			t.Errorf("frame %d, %v", f.ID, is)
		}
	}
	if turn.Pass() || turn.Taken() {
		t.Error("it is still taken")
	}
	if !closed(turn.Judge()) || !turn.Taken() {
		t.Error("a judge does not get it at once")
	}
}

// TestFull: so much waits, in frames or in bytes, until one has gone, of which is told who waits for that.
func TestFull(t *testing.T) {
	large := core.Frame{Kind: core.KindMessage, Body: make([]byte, maxBytes/4)}
	for name, f := range map[string]Frame{"frames": frame(core.KindOpen, 1), "bytes": {Frame: large, Size: SizeOf(&large)}} {
		var turn Turn
		turn.Take()
		n := 0
		for !turn.Full() {
			turn.Put(f)
			n++
		}
		if want := min(maxFrames, (maxBytes+f.Size-1)/f.Size); n != want {
			t.Errorf("%s: %d wait, want %d", name, n, want)
		}
		room := turn.Room()
		if closed(room) {
			t.Errorf("%s: there is room", name)
		}
		turn.Next()
		if !closed(room) || turn.Full() {
			t.Errorf("%s: there is no room", name)
		}
	}
}

// TestEnd: what waits is forgotten, and nobody waits any more.
func TestEnd(t *testing.T) {
	var turn Turn
	turn.Take()
	turn.Put(frame(core.KindOpen, 1))
	judge, room := turn.Judge(), turn.Room()
	if forgotten := turn.End(); len(forgotten) != 1 || forgotten[0].ID != 1 {
		t.Errorf("%d frames are forgotten", len(forgotten))
	}
	if !closed(judge) || !closed(room) || !turn.Ended() || !turn.Taken() {
		t.Error("somebody waits, or something goes on")
	}
	if len(turn.End()) > 0 {
		t.Error("there was more")
	}
}

// TestErrands: what depends on which.
func TestErrands(t *testing.T) {
	var errands Errands
	renewal, leaving := errands.Begin(core.KindCredentials), errands.Begin(core.KindClose)
	errands.Begin(core.KindDisconnect)
	before := errands
	open, subscribe := &core.Frame{Kind: core.KindOpen}, &core.Frame{Kind: core.KindSubscribe}
	if n, m := len(errands.Before(open)), len(errands.Before(subscribe)); n != 3 || m != 1 {
		t.Errorf("an Open depends on %d, and a Subscribe on %d", n, m)
	}
	if errands.Closing() != 1 {
		t.Errorf("%d sockets are closed", errands.Closing())
	}
	errands.Finish(renewal)
	errands.Finish(leaving)
	errands.Finish(nil)
	if errands.Concern(subscribe) || !errands.Concern(open) || errands.Closing() != 0 || !closed(renewal.Over()) {
		t.Error("a Subscribe still depends on something, or an Open does not")
	}
	if len(before) != 3 || before[0] != renewal || before[1] != leaving {
		t.Error("what somebody has looked at was changed")
	}
}
