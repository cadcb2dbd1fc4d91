package zmq

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Close ends the socket, and returns at once. Whoever waits on it gets a [Closed] error. What was sent still leaves, for at
// most Options.Linger: also what waits for a connection, and requests, whose answers nobody gets. What has come to the bridge
// by then is passed on to backends for as long as the bridge likes.
func (s *Socket) Close() {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	s.leave(s.ctx.opts.Linger, false)
}

// Shutdown is Close, and waits until everything that was sent was passed on to the backends, but no longer than ctx, of which
// the last half second, or the last quarter, is left to the bridge to tell what was not. unpassed is how many messages and
// requests were not; they never will be. The error says that there may be more of which nobody knows, because the session
// was lost ([Lost], or a [GapError] that no Send has returned yet) or because ctx has ended. It is [Closed] if the socket was
// closed before.
func (s *Socket) Shutdown(ctx context.Context) (unpassed uint64, err error) {
	c := s.ctx
	c.mu.Lock()
	if s.closed != nil {
		c.unlock()
		return 0, s.closed
	}
	untold := s.unsent // of messages before, which the next Send would have told
	linger := patience(ctx)
	waits := s.leave(linger-min(lastWord, linger/4), true)
	if waits {
		c.lingering[s.id] = s
	}
	c.unlock()
	if !waits {
		return 0, untold
	}
	err = c.await(ctx, &s.changed, func() bool { return s.passed != nil })
	c.mu.Lock()
	defer c.unlock()
	delete(c.lingering, s.id)
	if s.passed == nil {
		c.engine.CloseSocket(s.id)
		return 0, err
	}
	if s.passed.err == nil {
		s.passed.err = untold
	}
	return s.passed.unpassed, s.passed.err
}

// outcome is what became of the messages of a socket that was shut down.
type outcome struct {
	unpassed uint64
	err      error
}

// gone notes the outcome of a socket that lingered. The caller holds the lock.
func (c *Context) gone(e *client.Event) {
	if s := c.lingering[e.Socket]; s != nil {
		s.passed = &outcome{unpassed: e.Missed}
		if e.Code == core.Lost || e.Code != core.OK && e.Missed == 0 {
			s.passed.err = e.Err()
		}
		s.changed.Fire()
	}
	c.room.Fire()
}

// leave closes the socket in the engine and here. It tells whether an outcome follows. The caller holds the lock.
func (s *Socket) leave(linger time.Duration, asked bool) (waits bool) {
	if s.closed != nil {
		return false
	}
	waits = s.ctx.engine.CloseWithin(s.id, linger, asked, s.ctx.now())
	s.shut(core.NewError(core.Closed, "the socket was closed"))
	return waits
}

// longestLinger stands for a context without a deadline.
const longestLinger = time.Hour

// lastWord is how long the bridge's last word may take. It is part of the time that a context leaves, a quarter at most.
const lastWord = 500 * time.Millisecond

// patience is the time that a context leaves.
func patience(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return longestLinger
}

// Close ends the Context and all its sockets. What is pending fails with [Closed]. What was sent still leaves, for at most
// Options.Linger, also if it waits for a connection or for credit of the bridge. If there is nothing of that kind, Close
// waits for nothing. It returns when all goroutines of the Context have ended.
func (c *Context) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), c.opts.Linger)
	defer cancel()
	c.shutdown(ctx, false)
}

// Shutdown is Close with another bound than Options.Linger, to which the bridge keeps as well. The error says that ctx has
// ended before everything was passed on.
func (c *Context) Shutdown(ctx context.Context) error { return c.shutdown(ctx, true) }

func (c *Context) shutdown(ctx context.Context, asked bool) error {
	c.mu.Lock()
	c.shutting = core.NewError(core.Closed, "the context was closed")
	for _, s := range c.sockets {
		s.leave(patience(ctx), asked)
	}
	c.unlock()
	err := c.await(ctx, &c.room, func() bool { return c.ended != nil || !c.engine.Lingers() })
	c.close()
	lingering := time.AfterFunc(lastWrite, c.kill)
	<-c.done
	lingering.Stop()
	c.kill()
	return err
}

// refusal is why no socket is made any more. The caller holds the lock.
func (c *Context) refusal() *Error {
	if c.ended != nil {
		return c.ended
	}
	return c.shutting
}
