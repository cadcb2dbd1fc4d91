package limit

import "testing"

// others are other bridges, where everybody has so many connections.
type others struct {
	each    int
	changed []string
}

func (o *others) Elsewhere(string) int { return o.each }

func (o *others) Changed(user string) { o.changed = append(o.changed, user) }

// TestUsers: those at other bridges count, but a client that goes on with its session is let in all the same.
func TestUsers(t *testing.T) {
	elsewhere := &others{each: 1}
	u := NewUsers(elsewhere)
	if !u.Place("eve", 2) || u.Place("eve", 2) {
		t.Error("one more than another bridge has")
	}
	u.Add("eve")
	u.Remove("eve")
	if n := u.Here("eve"); n != 1 || len(elsewhere.changed) != 3 {
		t.Errorf("%d, changed: %v", n, elsewhere.changed)
	}
	if !u.Place("", 0) || u.Here("") != 0 || len(elsewhere.changed) != 3 {
		t.Errorf("nobody in particular is counted: %v", elsewhere.changed)
	}
	alone := NewUsers(nil)
	for i, want := range []bool{true, true, false} {
		if got := alone.Place("eve", 2); got != want {
			t.Errorf("without other bridges, connection %d of two: %v", i+1, got)
		}
	}
}
