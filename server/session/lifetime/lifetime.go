package lifetime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Context is a context that ends when it is told to, and by nothing else. A bridge has some for each client, of which most are only
// ever waited for by the connection: one of package context would keep three maps and four more things for that. What is derived
// from it ends with it. The zero value has not ended.
//
// It is asked before each read whether it has ended, which is to look at no memory but its own. Its channel is there only if somebody
// has asked for it, and AfterFunc does not.
type Context struct {
	state atomic.Int32 // going, canceled or late
	mu    sync.Mutex   // guards what is below
	done  chan struct{}
	after *call // when it ends
}

const (
	going int32 = iota
	canceled
	late
)

// End ends it. It may be called again.
func (l *Context) End() { l.end(canceled) }

func (l *Context) end(why int32) {
	l.mu.Lock()
	if l.state.Load() != going {
		l.mu.Unlock()
		return
	}
	l.state.Store(why)
	if l.done != nil {
		close(l.done)
	}
	after := l.after
	l.after = nil
	l.mu.Unlock()
	for ; after != nil; after = after.next {
		go after.f()
	}
}

// Done is part of context.Context.
func (l *Context) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = make(chan struct{})
		if l.state.Load() != going {
			close(l.done)
		}
	}
	return l.done
}

// Err is part of context.Context.
func (l *Context) Err() error {
	switch l.state.Load() {
	case going:
		return nil
	case late:
		return context.DeadlineExceeded
	default:
		return context.Canceled
	}
}

// Deadline is part of context.Context.
func (l *Context) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value is part of context.Context.
func (l *Context) Value(any) any { return nil }

// call is what is called when a Context ends.
type call struct {
	f    func()
	of   *Context
	next *call
}

// AfterFunc is what context.AfterFunc and derived contexts call: f runs in a goroutine of its own when this has ended, unless stop
// was called before, which tells whether it was.
func (l *Context) AfterFunc(f func()) (stop func() bool) {
	c := &call{f: f, of: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.Load() != going {
		go f()
		return c.stop // which does not find it
	}
	c.next, l.after = l.after, c
	return c.stop
}

func (c *call) stop() (found bool) {
	l := c.of
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := &l.after; *at != nil; at = &(*at).next {
		if *at == c {
			*at = c.next
			return true
		}
	}
	return false
}
