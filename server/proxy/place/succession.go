package place

import (
	"slices"
	"time"
)

// away is told that the client of c's socket is away. Whoever waits may have to wait until it is clear whether it comes back,
// but not longer because it goes away again and again.
func (l *Ledger) away(c *claim) {
	l.mu.Lock()
	t := l.taken[c.place]
	if t == nil || t.owner != c {
		l.mu.Unlock()
		return
	}
	all := slices.Clone(t.waiting)
	for _, w := range all {
		if !w.extended {
			w.extended, w.deadline = true, time.Now().Add(l.patience)
			w.timer.Reset(l.patience)
		}
	}
	l.mu.Unlock()
	l.look(c, all)
}

// look makes the owner of a place, if it is away, give it up to the first of those who wait and may have it. If that is only
// later, it looks again then.
func (l *Ledger) look(owner *claim, waiting []*claim) {
	const never = time.Duration(1<<63 - 1)
	soonest := never
	for _, c := range waiting {
		in, ok := c.handle.Succeeds(owner.handle)
		switch {
		case !ok || c.handle.IsAway():
		case in > 0:
			soonest = min(soonest, in)
		default:
			l.prefer(c)
			owner.handle.GiveUp()
			return
		}
	}
	if soonest < never {
		l.lookAgain(owner, soonest)
	}
}

// prefer makes c, which waits, the next to have its place.
func (l *Ledger) prefer(c *claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.taken[c.place]
	if t == nil {
		return
	}
	if i := slices.Index(t.waiting, c); i > 0 {
		t.waiting = slices.Insert(slices.Delete(t.waiting, i, i+1), 0, c)
	}
}

// lookAgain looks in a while, unless the place has another owner by then, or it is to be looked at sooner.
func (l *Ledger) lookAgain(owner *claim, in time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.taken[owner.place]
	if t == nil || t.owner != owner || t.again != nil {
		return
	}
	t.again = time.AfterFunc(in, func() { l.look(owner, l.queue(owner)) })
}

// queue is who waits for what owner has, when it is time to look.
func (l *Ledger) queue(owner *claim) []*claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.taken[owner.place]
	if t == nil || t.owner != owner {
		return nil
	}
	t.again = nil
	return slices.Clone(t.waiting)
}

// lastLook is before a claim is refused. Its place may have gone to a client that is away, when all who waited were; whoever is
// there again comes before that. It tells whether the claim waits on, which it does not for ever.
func (l *Ledger) lastLook(c *claim) (waits bool) {
	owner := l.owner(c.place)
	if owner == nil || c.handle.IsAway() {
		return false
	}
	in, ok := c.handle.Succeeds(owner.handle)
	if !ok || !l.putOff(c, in) {
		return false
	}
	if in <= 0 {
		l.prefer(c)
		owner.handle.GiveUp()
	}
	return true
}

// putOff lets a claim wait on: once for an owner who is away and may come back, and once for one who is to go.
func (l *Ledger) putOff(c *claim, in time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	once := &c.tried
	if in > 0 {
		once = &c.extended
	}
	if c.stage != waiting || *once {
		return false
	}
	*once = true
	wait := max(in, grace)
	c.deadline = time.Now().Add(wait)
	c.timer.Reset(wait)
	return true
}
