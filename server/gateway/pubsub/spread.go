package pubsub

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// minShare is how many subscribers are worth a goroutine of their own: to deliver to one takes a few microseconds, most of
// which the kernel needs.
const minShare = 128

// breath is after how many subscribers others may run. Who visits many without a break is taken for hung by Go's scheduler,
// which interrupts him then every few microseconds.
const breath = 256

// deliver visits everybody who gets something of a burst, on all cores if they are many. It returns when all were visited, so
// that each gets one burst after the other.
func (f *Feed) deliver(b *burst.Burst, targets []*Subscription) error {
	shares := min(runtime.GOMAXPROCS(0), len(targets)/minShare)
	if shares <= 1 {
		return f.visitAll(b, targets)
	}
	// The others end by themselves, and are joined here.
	var others sync.WaitGroup
	size := (len(targets) + shares - 1) / shares
	failed := make([]error, shares-1)
	for i := range failed {
		share := targets[:size]
		targets = targets[size:]
		others.Go(func() { failed[i] = f.visitAll(b, share) })
	}
	err := f.visitAll(b, targets)
	others.Wait()
	return cmp.Or(err, cmp.Or(failed...))
}

// visitAll delivers to each what it gets. A panic at one of them is the error, and keeps nothing from the others.
func (f *Feed) visitAll(b *burst.Burst, targets []*Subscription) (err error) {
	for len(targets) > 0 {
		visited, failed := f.visit(b, targets)
		targets = targets[visited:]
		err = cmp.Or(err, failed)
	}
	return err
}

// visit is visitAll up to the first panic.
func (f *Feed) visit(b *burst.Burst, targets []*Subscription) (visited int, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			f.connections.Log.Error("gateway: panic while a message was delivered", "panic", cause, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	for _, x := range targets {
		if visited++; visited%breath == 0 {
			runtime.Gosched()
		}
		part := burst.Part{Burst: b, Ranges: x.gathered}
		x.gathered = x.gathered[:0]
		x.deliver(part)
	}
	return visited, nil
}

var errPanic = core.NewError(core.Internal, "the bridge failed to deliver a message")
