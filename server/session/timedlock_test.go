package session

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestVisit: one at a time has it, nobody waits for ever, and who gives up keeps it from nobody.
func TestVisit(t *testing.T) {
	var v timedLock
	var all sync.WaitGroup
	visits, impatient := 0, 0
	for i := range 8 {
		all.Go(func() {
			for range 2000 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*10*time.Microsecond)
				if i%2 == 0 {
					v.Lock()
				} else if !v.LockWithin(ctx) {
					cancel()
					continue
				} else {
					impatient++
				}
				visits++
				v.Unlock()
				cancel()
			}
		})
	}
	all.Wait()
	if visits != 4*2000+impatient || !v.LockWithin(t.Context()) {
		t.Errorf("%d visits, of which %d were of those that do not wait for long", visits, impatient)
	}
}

// TestVisitEndsWaiting: whoever waits for no longer than something lasts goes when it ends.
func TestVisitEndsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v timedLock
		v.Lock()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if v.LockWithin(ctx) {
			t.Error("two have it")
		}
		v.Unlock()
		if !v.LockWithin(t.Context()) {
			t.Error("nobody can have it")
		}
	})
}
