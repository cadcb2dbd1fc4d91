package session

import (
	"context"
	"sync/atomic"
)

// visit is a lock for which one can also wait no longer than something lasts.
//
// It is taken for each read of a client, and nearly always free, so that takes one atomic operation, and no memory is looked at but the
// session's own. Only who has to wait does so at the channel.
type visit struct {
	state atomic.Int32                  // visitFree, visitTaken or visitAwaited
	freed atomic.Pointer[chan struct{}] // holds a token when it was given back, and somebody may wait; nil: nobody ever has
}

const (
	visitFree int32 = iota
	visitTaken
	visitAwaited // taken, and perhaps somebody waits
)

// waiting is where to wait. It is there before anybody says that he waits.
func (v *visit) waiting() chan struct{} {
	if v.freed.Load() == nil {
		made := make(chan struct{}, 1)
		v.freed.CompareAndSwap(nil, &made)
	}
	return *v.freed.Load()
}

// Lock waits until nobody has it.
func (v *visit) Lock() { v.LockWithin(context.Background()) }

// LockWithin is Lock for as long as ctx lasts, and tells whether it has it.
func (v *visit) LockWithin(ctx context.Context) bool {
	if v.state.CompareAndSwap(visitFree, visitTaken) {
		return true
	}
	freed := v.waiting()
	for v.state.Swap(visitAwaited) != visitFree {
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// Unlock gives it back.
func (v *visit) Unlock() {
	if v.state.Swap(visitFree) == visitTaken {
		return
	}
	select {
	case *v.freed.Load() <- struct{}{}:
	default: // there is one already for whoever waits
	}
}
