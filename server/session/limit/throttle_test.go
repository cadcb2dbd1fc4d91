package limit

import (
	"testing"
	"time"
)

// TestThrottle: a second's worth goes at once, what is more waits for its time, and what is not used is not saved for ever.
func TestThrottle(t *testing.T) {
	now := time.Unix(0, 0)
	throttle := NewThrottle(10, 0, now)
	for i, step := range []struct {
		after    time.Duration
		messages int
		wait     time.Duration
	}{{0, 0, 0}, {time.Hour, 10, 0}, {0, 10, time.Second}, {time.Second, 5, 500 * time.Millisecond}, {2500 * time.Millisecond, 20, time.Second}, {0, 1, 1100 * time.Millisecond}} {
		now = now.Add(step.after)
		got := throttle.Spend(step.messages, 1<<30, now)
		if got.Round(time.Millisecond) != step.wait {
			t.Errorf("step %d: wait %v, want %v", i, got, step.wait)
		}
	}
	if NewThrottle(0, 0, now) != nil {
		t.Error("a throttle without a limit")
	}
}

// TestThrottleAt: what is owed stays owed as long as the rates are the same.
func TestThrottleAt(t *testing.T) {
	var none *Throttle
	if none.At(0, 0) != nil {
		t.Error("a throttle without a limit")
	}
	first := none.At(10, 0)
	if first == nil || first.At(10, 0) != first {
		t.Error("another one with the same rates")
	}
	if second := first.At(10, 5); second == first || second == nil || second.At(0, 0) != nil {
		t.Error("the same one with other rates")
	}
}

// TestOpens: a second's worth comes at once, what is more is owed, and paid for once.
func TestOpens(t *testing.T) {
	var o Opens
	add := func(n int) {
		for range n {
			o.Add()
		}
	}
	if o.Owed() != 0 || o.bucket != (bucket{}) {
		t.Error("nothing was opened")
	}
	add(opensPerSecond)
	if owed := o.Owed(); owed != 0 {
		t.Errorf("%v owed for the first ones", owed)
	}
	add(2 * opensPerSecond)
	if owed := o.Owed().Round(100 * time.Millisecond); owed != 2*time.Second {
		t.Errorf("%v owed", owed)
	}
	if owed := o.Owed(); owed != 0 {
		t.Errorf("%v owed for nothing more", owed)
	}
}
