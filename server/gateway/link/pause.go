package link

import (
	"context"
	"sync"
	"time"
)

// pause is the wait between two dials, which somebody new may cut short: he should not be told what was found seconds ago.
type pause struct {
	hurried chan struct{} // holds a token when somebody wants the next dial soon

	mu    sync.Mutex
	lasts bool      // it is being waited
	begun time.Time // when the last dial began
	quick bool      // that took so little time that it is worth waiting for the next one
}

// hurriedAfter is how long after one dial another may follow, however many want it.
const hurriedAfter = 250 * time.Millisecond

func newPause() pause { return pause{hurried: make(chan struct{}, 1)} }

// dialling notes that a dial begins, failed that it was in vain.
func (p *pause) dialling() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = time.Now()
}

func (p *pause) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quick = time.Since(p.begun) < hurriedAfter
}

// hurry has the next dial come soon, if there is none under way. It tells whether its outcome should be waited for.
func (p *pause) hurry() (worthWaiting bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.lasts {
		return false
	}
	select {
	case p.hurried <- struct{}{}:
	default:
	}
	return p.quick
}

// begin and end are around the wait.
func (p *pause) begin() (soonest time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lasts = true
	return p.begun.Add(hurriedAfter)
}

func (p *pause) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lasts = false
	select {
	case <-p.hurried: // whoever wanted a dial has it
	default:
	}
}

// wait waits for d, or less, and tells whether ctx lasted.
func (p *pause) wait(ctx context.Context, d time.Duration) bool {
	soonest := p.begin()
	defer p.end()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	case <-p.hurried:
	}
	return sleep(ctx, max(0, time.Until(soonest)))
}
