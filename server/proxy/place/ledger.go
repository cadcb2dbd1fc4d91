package place

import (
	"slices"
	"sync"
	"time"
)

// Ledger knows who has which place, and who waits for it, for all sessions of a bridge. Whoever waits is woken when the place
// is free: waiting costs nothing, however many do. Its lock may be held while a session's is taken, and never the other way
// round.
type Ledger struct {
	patience  time.Duration // how long somebody waits
	elsewhere Elsewhere

	mu    sync.Mutex
	taken map[Place]*tenure
	held  map[Place]*hold // by this bridge, of all there are
}

// tenure is what is known of a place that is taken.
type tenure struct {
	owner   *claim
	waiting []*claim    // first come, first served
	again   *time.Timer // looks whether the owner, who is away, has to go; nil: nobody waits for that
}

// NewLedger makes a Ledger in which nothing is taken. kept is how long a place is kept for somebody who is away, e are other bridges.
func NewLedger(kept time.Duration, e Elsewhere) *Ledger {
	return &Ledger{patience: kept + grace, elsewhere: e, taken: map[Place]*tenure{}, held: map[Place]*hold{}}
}

// grace is how much longer somebody waits than that.
const grace = time.Second

// maxWaiting is how many claims wait at one place.
const maxWaiting = 256

// enter gives c its place, or puts it at the end of the queue. With first, it is the next to have it. Full tells that it
// is neither.
func (l *Ledger) enter(c *claim, first bool) (granted, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.taken[c.place]
	switch {
	case t == nil:
		l.taken[c.place] = &tenure{owner: c}
		c.stage = opening
		return true, false
	case len(t.waiting) >= maxWaiting && !first:
		return false, true
	case first:
		t.waiting = slices.Insert(t.waiting, 0, c)
	default:
		t.waiting = append(t.waiting, c)
	}
	c.stage, c.deadline = waiting, time.Now().Add(l.patience)
	c.timer = time.AfterFunc(l.patience, c.expire)
	return false, false
}

// owner is who has a place; nil: nobody.
func (l *Ledger) owner(p Place) *claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.taken[p]; t != nil {
		return t.owner
	}
	return nil
}

// free takes c's place from it, and returns who has it now, for passOn; nil: nobody. Those whose clients are there come
// before those whose clients are away. The caller holds the lock.
func (l *Ledger) free(c *claim) (next *claim) {
	t := l.taken[c.place]
	if t.again != nil {
		t.again.Stop()
		t.again = nil
	}
	if len(t.waiting) == 0 {
		delete(l.taken, c.place)
		return nil
	}
	i := max(0, slices.IndexFunc(t.waiting, func(w *claim) bool { return !w.handle.IsAway() }))
	next = t.waiting[i]
	t.waiting = slices.Delete(t.waiting, i, i+1)
	t.owner = next
	next.stage = opening
	next.timer.Stop()
	return next
}

// leave gives c's place back, or ends its waiting.
func (l *Ledger) leave(c *claim) {
	l.mu.Lock()
	was := c.stage
	var next *claim
	switch was {
	case waiting:
		l.drop(c)
	case opening:
		close(c.left)
		c.stage = leaving // whoever opens it gives the place back
	case inPlace:
		c.stage = over
		next = l.free(c)
	}
	l.mu.Unlock()
	switch was {
	case waiting:
		c.served()
	case inPlace:
		l.passOn(c.place, next)
	}
}

// lapse ends the waiting of a claim whose time is over, and tells whether it still waited.
func (l *Ledger) lapse(c *claim) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.stage != waiting || time.Now().Before(c.deadline) {
		return false
	}
	l.drop(c)
	return true
}

// drop takes c out of its queue. The caller holds the lock.
func (l *Ledger) drop(c *claim) {
	t := l.taken[c.place]
	t.waiting = slices.DeleteFunc(t.waiting, func(w *claim) bool { return w == c })
	c.timer.Stop()
	c.stage = over
}

// opened notes that c was opened, or could not be: then the place is somebody else's.
func (l *Ledger) opened(c *claim, ok bool) {
	l.mu.Lock()
	if ok && c.stage == opening {
		c.stage = inPlace
		l.mu.Unlock()
		return
	}
	c.stage = over
	next := l.free(c)
	l.mu.Unlock()
	l.passOn(c.place, next)
}
