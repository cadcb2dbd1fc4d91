package meter

import "testing"

// TestLoad: what sockets hold is on the meter of their endpoint, soon or when it is asked for, and bounded for all together.
func TestLoad(t *testing.T) {
	var jobs, chat Meter
	var first, second Load
	first.Add(100) // before it is known where that is for
	first.Set(&jobs, 0)
	second.Set(&jobs, 0)
	second.Add(10 << 10)
	second.Add(50)
	if got := jobs.Held(); got != 100+10<<10 {
		t.Errorf("%d are held", got)
	}
	second.Settle()
	if got := jobs.Held(); got != 150+10<<10 || second.Crowded() {
		t.Errorf("%d are held", got)
	}
	second.Set(&jobs, 20<<10)
	if second.Take(10<<10) || !second.Take(9<<10) || second.Take(1<<10) || !second.Crowded() || second.Share(8<<20) != 5<<10 || first.Share(8<<20) != 8<<20 {
		t.Error("the limit is another one")
	}
	second.Add(-9 << 10)
	second.Set(&chat, 0)
	if jobs.Held() != 100 || chat.Held() != 50+10<<10 {
		t.Errorf("%d and %d are held", jobs.Held(), chat.Held())
	}
	first.Add(-100)
	second.Add(-50 - 10<<10)
	if jobs.Held() != 0 || chat.Held() != 0 {
		t.Errorf("%d and %d are left", jobs.Held(), chat.Held())
	}
}
