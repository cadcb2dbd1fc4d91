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
