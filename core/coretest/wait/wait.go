// Package wait is how tests wait for what nothing announces: they look again and again, and give up in the end. A test of the
// real time would hold on one machine and fail on a slower one. Any test may call it, on its own goroutine; it knows nothing of
// this project.
//
// What a channel announces is waited for there, and what takes its time by the clock is tested in a bubble of testing/synctest.
package wait

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what has to happen. Only a test that fails uses it up.
const Patience = 30 * time.Second

// For waits until what is so.
func For(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(Patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
