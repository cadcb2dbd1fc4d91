package session

import (
	"context"
	"sync/atomic"
)

// timedLock is a lock for which one can also wait no longer than something lasts.
//
// One is taken for each read of a client, and nearly always free, so that takes one atomic operation, and no memory is looked at but the
// session's own. Only who has to wait does so at the channel.
type timedLock struct {
	state atomic.Int32                  // lockFree, lockTaken or lockAwaited
	freed atomic.Pointer[chan struct{}] // holds a token when it was given back, and somebody may wait; nil: nobody ever has
}

const (
	lockFree int32 = iota
	lockTaken
	lockAwaited // taken, and perhaps somebody waits
)

// waiting is where to wait. It is there before anybody says that he waits.
func (l *timedLock) waiting() chan struct{} {
	if l.freed.Load() == nil {
		made := make(chan struct{}, 1)
		l.freed.CompareAndSwap(nil, &made)
	}
	return *l.freed.Load()
}

// Lock waits until nobody has it.
func (l *timedLock) Lock() { l.LockWithin(context.Background()) }

// LockWithin is Lock for as long as ctx lasts, and tells whether it has it.
func (l *timedLock) LockWithin(ctx context.Context) bool {
	if l.state.CompareAndSwap(lockFree, lockTaken) {
		return true
	}
	freed := l.waiting()
	for l.state.Swap(lockAwaited) != lockFree {
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// IsTaken tells whether somebody has it.
func (l *timedLock) IsTaken() bool { return l.state.Load() != lockFree }

// Unlock gives it back.
func (l *timedLock) Unlock() {
	if l.state.Swap(lockFree) == lockTaken {
		return
	}
	select {
	case *l.freed.Load() <- struct{}{}:
	default: // there is one already for whoever waits
	}
}
