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
