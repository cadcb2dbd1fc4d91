package limit

import (
	"fmt"
	"testing"
	"time"
)

// TestAddresses: each address has its own, whoever else comes, and it is forgotten when it owes nothing.
func TestAddresses(t *testing.T) {
	limits := Rates{Messages: 10, Most: 3}
	a := NewAddresses(func() Rates { return limits })
	now := time.Now()
	admitted := 0
	for range 100 {
		if a.Admits("10.0.0.1:1234", -1, now) {
			admitted++
		}
	}
	if admitted == 0 || admitted > 11 {
		t.Errorf("%d at once", admitted)
	}
	if !a.Admits("10.0.0.2:1", -1, now) || !a.Admits("127.0.0.1:1", -1, now) {
		t.Error("others have to wait for it")
	}
	for range 10 {
		a.Admits("10.0.0.2:1", -1, now)
		a.Admits("127.0.0.1:1", -1, now)
	}
	if a.Admits("10.0.0.9:1", -1, now) {
		t.Error("there are more addresses than may be, of which each owes something")
	}
	now = now.Add(time.Minute)
	for n := range 100 {
		if !a.Admits(fmt.Sprint("10.0.1.", n, ":1"), -1, now) {
			t.Fatalf("the %dth after a minute has to wait", n)
		}
		now = now.Add(time.Second)
	}
	if len(a.by) > 3 {
		t.Errorf("%d are known", len(a.by))
	}
	limits = Rates{} // as after Reconfigure
	for range 100 {
		if !a.Admits("10.0.0.1:1234", -1, now) {
			t.Fatal("a limit holds that was taken back")
		}
	}
}
