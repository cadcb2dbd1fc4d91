package talk

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: entries are due as they came, faster by the speed, and what is late is not put off further.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, begun := pace{speed: 10}, time.Now()
		for _, step := range []struct{ at, due, busy time.Duration }{{0, 0, 0}, {time.Second, 100 * time.Millisecond, 150 * time.Millisecond},
			{2 * time.Second, 250 * time.Millisecond, 0}, {time.Second, 250 * time.Millisecond, 0}, {4 * time.Second, 400 * time.Millisecond, 0}} {
			if err := p.wait(t.Context(), int64(step.at)); err != nil || time.Since(begun) != step.due {
				t.Errorf("what came after %v is due after %v: %v", step.at, time.Since(begun), err)
			}
			time.Sleep(step.busy)
		}
	})
}

func TestMoments(t *testing.T) {
	begin := time.Date(2026, 12, 1, 8, 0, 0, 0, time.FixedZone("", 3600))
	for text, want := range map[string]string{
		"09:30":                    "2026-12-01T09:30:00+01:00",
		"09:30:15.5":               "2026-12-01T09:30:15.5+01:00",
		"2026-12-02T09:30":         "2026-12-02T09:30:00+01:00",
		"2026-12-01T09:30:00.001Z": "2026-12-01T10:30:00.001+01:00",
		"+90s":                     "2026-12-01T08:01:30+01:00",
		"half past nine":           "",
		"+soon":                    "",
	} {
		at, err := moment("--from", text, begin)
		if want == "" {
			if (Failure{err}).ExitStatus() != 2 {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if got := time.Unix(0, at).In(begin.Location()).Format(time.RFC3339Nano); err != nil || got != want {
			t.Errorf("%s is %s, want %s: %v", text, got, want, err)
		}
	}
}
