package heap

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

var ballast [][]byte // seen by the compiler as in use

func TestMemoryIsGivenBack(t *testing.T) {
	const flood = 512 << 20
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		for range flood >> 20 {
			ballast = append(ballast, make([]byte, 1<<20))
		}
		full := readMemory().held
		ballast = nil
		go GiveBack(ctx, func() int { return 0 })
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		if left := readMemory().held; full < flood || left > full-flood/2 {
			t.Errorf("of %d MiB %d are still held after a minute of quiet", full>>20, left>>20)
		}
		cancel()
		synctest.Wait()
	})
}

func TestBusyBridgeIsLeftAlone(t *testing.T) {
	if (memory{allocated: 2 * quietBytes, held: 1 << 30}).isQuiet(memory{}) {
		t.Error("a bridge that works passes for quiet")
	}
	if (memory{allocated: 1, held: smallBytes}).isQuiet(memory{}) {
		t.Error("there is nothing to give back")
	}
}

// TestRestAfterGivingBack: soon once more where there was something, later where that costs much or there was nothing, and ever later
// while nothing happens.
func TestRestAfterGivingBack(t *testing.T) {
	for name, test := range map[string]struct {
		before, after memory
		last, want    time.Duration
	}{
		"most was given back":          {memory{held: 300 << 20}, memory{held: 20 << 20, live: 10 << 20}, 0, time.Second * 10 / 32},
		"there was nothing to be had":  {memory{held: 300 << 20}, memory{held: 300 << 20, live: 10 << 20}, time.Second, longRest},
		"and more with the second":     {memory{held: 300 << 20}, memory{held: 290 << 20, live: 10 << 20}, time.Second, longRest},
		"there was nothing once more":  {memory{held: 300 << 20}, memory{held: 300 << 20, live: 10 << 20}, longRest, 2 * longRest},
		"there was some garbage":       {memory{held: 305 << 20}, memory{held: 300 << 20, live: 10 << 20}, longRest, 2 * longRest},
		"there is never anything":      {memory{held: 300 << 20}, memory{held: 300 << 20, live: 10 << 20}, longestRest, longestRest},
		"there is much that has to be": {memory{held: 900 << 20}, memory{held: 800 << 20, live: 700 << 20}, 0, longRest},
		"and some":                     {memory{held: 300 << 20}, memory{held: 200 << 20, live: 160 << 20}, 0, 5 * time.Second},
	} {
		if rest := test.after.rest(test.before, test.last); rest != test.want {
			t.Errorf("%s: %v, want %v", name, rest, test.want)
		}
	}
}

// TestLoosenTakesNoMemory: what was given back to the system stays there.
func TestLoosenTakesNoMemory(t *testing.T) {
	for range 64 {
		ballast = append(ballast, make([]byte, 1<<20))
	}
	ballast = nil
	giveBackNow()
	before := readMemory()
	ballast = append(ballast, make([]byte, 2*stuckBytes)) // which is free then, and not given back
	ballast = nil
	runtime.GC()
	loosen()
	after := giveBackNow()
	if after.held > before.held+4<<20 || after.free > 2*stuckBytes {
		t.Errorf("%d KiB are held, %d before; %d are free", after.held>>10, before.held>>10, after.free>>10)
	}
}
