package zmq

import (
	"context"
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// signal wakes goroutines that wait for a change of something that the lock of a Context guards. The lock guards the signal,
// too. The zero value is ready to use.
type signal struct{ fired chan struct{} }

// next returns a channel that is closed when the signal fires the next time.
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

// await waits until done returns true, or until ctx ends. It calls done under the lock, at once and whenever sig has fired.
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

// gaveUp is the error for a caller whose context has ended. It has a code like every other error, and it also wraps the
// error of the context.
func gaveUp(ctx context.Context) error {
	code := core.Canceled
	if ctx.Err() == context.DeadlineExceeded {
		code = core.Timeout
	}
	return fmt.Errorf("%w: %w", &core.Error{Code: code}, ctx.Err())
}
