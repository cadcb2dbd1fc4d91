package server

import (
	"context"
	"sync"
	"time"
)

// hookContext is a context with a deadline, as context.WithDeadline makes it, but its timer is there only from when somebody wants
// to wait for its end. Hooks are asked about every subscription, and most answer at once.
type hookContext struct {
	context.Context // nobody waits for this one
	deadline        time.Time

	mu     sync.Mutex
	over   bool            // stop was called
	waited context.Context // from when somebody waits
	cancel context.CancelFunc
}

func newHookContext(ctx context.Context, within time.Duration) *hookContext {
	return &hookContext{Context: ctx, deadline: time.Now().Add(within)}
}

// stop ends it. It frees what it took.
func (p *hookContext) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.cancel != nil {
		p.cancel()
	}
}

// Deadline is part of context.Context, as are the others.
func (p *hookContext) Deadline() (time.Time, bool) {
	if earlier, ok := p.Context.Deadline(); ok && earlier.Before(p.deadline) {
		return earlier, true
	}
	return p.deadline, true
}

func (p *hookContext) Done() <-chan struct{} { return p.timed().Done() }

func (p *hookContext) Err() error { return p.timed().Err() }

// timed is the context that somebody can wait for.
func (p *hookContext) timed() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited == nil {
		p.waited, p.cancel = context.WithDeadline(p.Context, p.deadline)
		if p.over {
			p.cancel()
		}
	}
	return p.waited
}
