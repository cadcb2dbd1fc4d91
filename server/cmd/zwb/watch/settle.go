package watch

import (
	"context"
	"time"
)

// It is looked when nothing has happened for a while: who writes a file does it in several steps, and a certificate and its
// key are two. In a folder where something happens all the time, such as one with a log, it is looked nevertheless.
const (
	quiet   = 150 * time.Millisecond
	longest = 2 * time.Second
)

// settle calls look after something has stirred, until ctx ends.
func settle(ctx context.Context, stirred <-chan struct{}, look func()) {
	for {
		select {
		case <-stirred:
		case <-ctx.Done():
			return
		}
		if !calm(ctx, stirred) {
			return
		}
		look()
	}
}

// calm waits until it is quiet, or for the longest time, and tells whether ctx has lasted.
func calm(ctx context.Context, stirred <-chan struct{}) bool {
	late := time.NewTimer(longest)
	defer late.Stop()
	for {
		pause := time.NewTimer(quiet)
		select {
		case <-stirred:
			pause.Stop()
			continue
		case <-pause.C:
			return true
		case <-late.C:
			pause.Stop()
			return true
		case <-ctx.Done():
			pause.Stop()
			return false
		}
	}
}
