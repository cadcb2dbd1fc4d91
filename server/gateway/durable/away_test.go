package durable

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestStoreIsAway: for as long as it is, and some time more, nothing that was heard is too old, for nobody may have stored it.
func TestStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecent(Room{})
		r.least = 0
		has := func(when string, want int) {
			t.Helper()
			r.hear(said("more"))
			if items, _ := r.snapshot(); len(items) != want {
				t.Errorf("%s it has %d messages, want %d", when, len(items), want)
			}
		}
		has("at first", 1)
		r.lose(true)
		time.Sleep(time.Minute)
		has("while the store is away", 2)
		r.lose(false)
		time.Sleep(recentAge - time.Second)
		has("as long as another bridge may still take over", 3)
		time.Sleep(2 * time.Second)
		has("later", 2)
	})
}
