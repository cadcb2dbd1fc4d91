package zmq

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// call is a request under way. Its only answer goes into done, which has room for it.
type call struct{ done chan answer }

type answer struct {
	msg Message
	err error
}

// Request sends parts on a REQ socket and waits for the reply. The caller may keep the reply. Unlike a REQ of libzmq, this
// one may have any number of requests under way at once, and each gets its own reply.
//
// ctx bounds the request. If it has a deadline, that counts instead of the socket's RequestTimeout. When ctx ends, the
// request is canceled at the bridge. A request that failed with [Timeout], [Canceled] or [Lost] may have been processed all
// the same. When its time is over and it was never sent, because there was no connection, it fails with [Unavailable].
func (s *Socket) Request(ctx context.Context, parts ...[]byte) (Message, error) {
	c := &call{done: make(chan answer, 1)}
	var id uint64
	err := s.withRoom(ctx, func() (err error) {
		id, err = s.ctx.engine.Request(s.id, parts, s.requestOptions(ctx), s.ctx.now())
		if err == nil {
			s.calls[id] = c
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	select {
	case a := <-c.done:
		return a.msg, a.err
	case <-ctx.Done():
		return s.cancel(ctx, id, c)
	}
}

func (s *Socket) requestOptions(ctx context.Context) client.RequestOptions {
	opts := client.RequestOptions{Timeout: s.opts.RequestTimeout, Idempotent: s.opts.Idempotent}
	if deadline, ok := ctx.Deadline(); ok {
		// The bridge's timeout is a little longer, so that ctx ends the request, with its own error.
		opts.Timeout = time.Until(deadline) + 50*time.Millisecond
	}
	return opts
}

// cancel gives up a request, unless its answer has just come.
func (s *Socket) cancel(ctx context.Context, id uint64, c *call) (Message, error) {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	if s.calls[id] != c {
		a := <-c.done
		return a.msg, a.err
	}
	delete(s.calls, id)
	tried := s.ctx.engine.Tried(s.id, id)
	s.ctx.engine.Cancel(s.id, id)
	if !tried && ctx.Err() == context.DeadlineExceeded {
		return nil, fmt.Errorf("%w: %w", s.unsentBecause(), ctx.Err())
	}
	return nil, gaveUp(ctx)
}

// unsentBecause says why a request was never sent. The caller holds the lock.
func (s *Socket) unsentBecause() *Error {
	if len(s.endpoints) == 0 {
		return errUnconnected
	}
	return s.ctx.unsent(errUnsent)
}

var (
	errUnsent      = core.NewError(core.Unavailable, "nothing was sent: there was no connection to the bridge in time")
	errUnconnected = core.NewError(core.Unavailable, "nothing was sent: the socket is connected to nothing")
)

// unsent adds to an error that says that nothing was sent why there is no connection. The caller holds the lock.
func (c *Context) unsent(why *Error) *Error {
	if c.status.Err == nil || c.status.State != Connecting && c.status.State != Reconnecting {
		return why
	}
	return core.NewError(why.Code, why.Text+": "+c.status.Err.Error())
}

// finish hands a request its answer. The caller holds the lock.
func (s *Socket) finish(id uint64, msg Message, err error) {
	if c := s.calls[id]; c != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == core.Unavailable && !e.Remote {
			err = s.ctx.unsent(e)
		}
		delete(s.calls, id)
		c.done <- answer{msg, err}
	}
}
