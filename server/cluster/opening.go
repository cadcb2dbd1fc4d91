package cluster

import (
	"context"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
)

// Opening is something of NATS that is opened when it is first wanted, such as a bucket, and anew when somebody has taken it away. To open
// it is much work for NATS: however many want it at once, as when all clients of a bridge that was lost come to this one, one of them opens
// it, and the others wait for that. It is safe for concurrent use.
type Opening[T any] struct {
	open func(ctx context.Context) (T, error)

	mu      sync.Mutex
	opened  *T          // nil: it was not opened yet
	attempt *attempt[T] // nil: nobody opens it
}

// attempt is one that somebody makes to open it.
type attempt[T any] struct {
	ended chan struct{} // closed when it has; from then on the other two are final
	value T
	err   error
}

// NewOpening is what open opens, which nobody has wanted yet.
func NewOpening[T any](open func(ctx context.Context) (T, error)) *Opening[T] {
	return &Opening[T]{open: open}
}

// Get has it, and opens it if it has to. ctx has a deadline. Who has waited for another one's attempt has its error, unless that one had less time.
func (o *Opening[T]) Get(ctx context.Context) (value T, err error) {
	for {
		opened, a, mine := o.look()
		if opened != nil {
			return *opened, nil
		}
		if mine {
			a.value, a.err = o.open(ctx)
			o.end(a)
			return a.value, a.err
		}
		select {
		case <-a.ended:
		case <-ctx.Done():
			return value, ctx.Err()
		}
		if a.err == nil || !made.IsLate(a.err) {
			return a.value, a.err
		}
		if ctx.Err() != nil {
			return value, ctx.Err()
		}
	}
}

// look has what is open, or else the attempt that is made; mine says that it is the caller's to make.
func (o *Opening[T]) look() (opened *T, a *attempt[T], mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.opened == nil && o.attempt == nil {
		o.attempt, mine = &attempt[T]{ended: make(chan struct{})}, true
	}
	return o.opened, o.attempt, mine
}

// end ends an attempt.
func (o *Opening[T]) end(a *attempt[T]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attempt = nil
	if a.err == nil {
		o.opened = &a.value
	}
	close(a.ended)
}

// Failed is told of every error of a call, which it returns, so that it is found or made anew for the next one. That an answer was late says nothing
// about it: were it opened anew for that, NATS would have the most to do when it has too much to do.
func (o *Opening[T]) Failed(err error) error {
	if err != nil && !made.IsLate(err) {
		o.mu.Lock()
		o.opened = nil
		o.mu.Unlock()
	}
	return err
}
