package zmq

import (
	"context"
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// signal wakes those who wait for a change of what a Context's lock guards; the lock guards it too.
type signal struct{ fired chan struct{} }

// next is closed when the signal fires.
func (s *signal) next() <-chan struct{} {
	if s.fired == nil {
		s.fired = make(chan struct{})
	}
	return s.fired
}

func (s *signal) fire() {
	if s.fired != nil {
		close(s.fired)
		s.fired = nil
	}
}

// await returns when done has, which is asked under the lock now and whenever sig fires; or when ctx ends.
func (c *Context) await(ctx context.Context, sig *signal, done func() bool) error {
	for {
		if ctx.Err() != nil {
			return gaveUp(ctx)
		}
		c.mu.Lock()
		if done() {
			c.unlock()
			return nil
		}
		fired := sig.next()
		c.unlock()
		select {
		case <-fired:
		case <-ctx.Done():
		}
	}
}

// gaveUp is the error of a caller whose context ended: coded like every other, and still the context's own.
func gaveUp(ctx context.Context) error {
	code := core.Canceled
	if ctx.Err() == context.DeadlineExceeded {
		code = core.Timeout
	}
	return fmt.Errorf("%w: %w", &core.Error{Code: code}, ctx.Err())
}
