package refusing

import (
	"context"
	"time"
)

// What it takes at least until a client is told that it may not open an endpoint, and more for what it brings along. It is longer
// than nearly all rules take, so that the time does not tell whether there is such an endpoint that others may open: for one that does
// not exist, no condition is asked and no params are read. What takes longer still is rounded up, to twice the time, or four times, and
// so on.
const (
	refusalTime        = 2 * time.Millisecond
	refusalTimePerByte = 250 * time.Nanosecond // of params
)

// InTime is told since when an endpoint was judged that is refused, and how many bytes of params came with it, and waits.
func InTime(ctx context.Context, params int, began time.Time) {
	took, takes := time.Since(began), refusalTime+time.Duration(params)*refusalTimePerByte
	for takes < took {
		takes *= 2
	}
	end := began.Add(takes)
	sleep(ctx, takes-took-lastPart)
	select {
	case sleepers <- struct{}{}:
		sleepExactly(time.Until(end))
		<-sleepers
	default: // so many are being refused that the bridge is not quiet, and nothing can be told from its timers
		sleep(ctx, time.Until(end))
	}
}

// lastPart of a refusal is slept exactly, by a few at a time.
const lastPart = 1500 * time.Microsecond

var sleepers = make(chan struct{}, 8)

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
