package main

import (
	"context"
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
		go giveBackMemory(ctx, func() int { return 0 })
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
