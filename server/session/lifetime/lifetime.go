package lifetime

import (
	"context"
	"sync"
	"time"
)

// Context is a context that ends when it is told to, and by nothing else. A bridge has two for each client, of which most are only
// ever waited for by the connection: one of package context would keep three maps and four more things for that. What is derived
// from it ends with it.
type Context struct {
	done chan struct{}

	mu    sync.Mutex
	after []*func() // called when it ends
}

// New begins one.
func New() Context { return Context{done: make(chan struct{})} }

// End ends it. It may be called again.
func (l *Context) End() {
	l.mu.Lock()
	if l.Err() != nil {
		l.mu.Unlock()
		return
	}
	close(l.done)
	after := l.after
	l.after = nil
	l.mu.Unlock()
	for _, f := range after {
		go (*f)()
	}
}

// Done is part of context.Context.
func (l *Context) Done() <-chan struct{} { return l.done }

// Err is part of context.Context.
func (l *Context) Err() error {
	select {
	case <-l.done:
		return context.Canceled
	default:
		return nil
	}
}

// Deadline is part of context.Context.
func (l *Context) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value is part of context.Context.
func (l *Context) Value(any) any { return nil }

// AfterFunc is what context.AfterFunc and derived contexts call: f runs in a goroutine of its own when this has ended, unless stop
// was called before, which tells whether it was.
func (l *Context) AfterFunc(f func()) (stop func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Err() != nil {
		go f()
		return func() bool { return false }
	}
	entry := &f
	l.after = append(l.after, entry)
	return func() bool { return l.forget(entry) }
}

func (l *Context) forget(entry *func()) (found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.after {
		if other == entry {
			last := len(l.after) - 1
			l.after[i], l.after[last] = l.after[last], nil
			l.after = l.after[:last]
			return true
		}
	}
	return false
}
