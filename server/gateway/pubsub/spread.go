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

// perRound is how many subscribers are seen to before they are written to: what is touched for them is to be in the cache still. Others
// run, see breath, when nobody waits for a round.
const perRound = 64

// deliver visits everybody who gets something of a burst, on all cores if they are many. It returns when all were visited, so
// that each gets one burst after the other.
func (f *Feed) deliver(b *burst.Burst, targets []*Subscription) error {
	shares := min(runtime.GOMAXPROCS(0), len(targets)/minShare)
	for len(f.rounds) < max(1, shares) {
		f.rounds = append(f.rounds, burst.Round{})
	}
	if shares <= 1 {
		return f.visitAll(b, targets, &f.rounds[0])
	}
	// The others end by themselves, and are joined here.
	var others sync.WaitGroup
	size := (len(targets) + shares - 1) / shares
	failed := make([]error, shares-1)
	for i := range failed {
		share := targets[:size]
		targets = targets[size:]
		others.Go(func() { failed[i] = f.visitAll(b, share, &f.rounds[1+i]) })
	}
	err := f.visitAll(b, targets, &f.rounds[0])
	others.Wait()
	return cmp.Or(err, cmp.Or(failed...))
}

// visitAll delivers to each what it gets. A panic at one of them is the error, and keeps nothing from the others.
func (f *Feed) visitAll(b *burst.Burst, targets []*Subscription, r *burst.Round) (err error) {
	for len(targets) > 0 {
		visited, failed := f.visit(b, targets, r)
		targets = targets[visited:]
		err = cmp.Or(err, failed)
	}
	return err
}

// visit is visitAll up to the first panic.
func (f *Feed) visit(b *burst.Burst, targets []*Subscription, r *burst.Round) (visited int, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			f.connections.Log.Error("gateway: panic while a message was delivered", "endpoint", f.endpoint.Load().String(), "panic", cause, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	defer r.Run() // whoever panics
	for _, x := range targets {
		if visited++; visited%perRound == 0 {
			r.Run()
		}
		if visited%breath == 0 {
			runtime.Gosched()
		}
		part := burst.Part{Burst: b, Ranges: x.gathered, Round: r}
		x.gathered = x.gathered[:0]
		x.deliver(part)
	}
	return visited, nil
}

var errPanic = core.NewError(core.Internal, "the bridge failed to deliver a message")
