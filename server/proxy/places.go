package proxy

import (
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// place is something on the ZeroMQ side that only one socket can have at a time: a name, or a whole address.
type place struct {
	typ      core.SocketType // REP: a name at which pages answer; DEALER: a name at a ROUTER; else: an address, to listen at with this type
	endpoint core.Endpoint
	identity string
}

// errTaken is what somebody is told who wants a place that another one has.
func (p place) errTaken() *core.Error {
	if p.identity == "" {
		return core.NewError(core.Conflict, "the address is in use by another page")
	}
	return core.NewError(core.Conflict, "the identity is in use by another page")
}

// places knows who has which place, and who waits for it, for all sessions of a bridge. Whoever waits is woken when the place
// is free: waiting costs nothing, however many do. Its lock may be held while a session's is taken, and never the other way
// round.
type places struct {
	patience time.Duration // how long somebody waits

	mu    sync.Mutex
	taken map[place]*tenure
}

// tenure is what is known of a place that is taken.
type tenure struct {
	owner   *claim
	waiting []*claim    // first come, first served
	again   *time.Timer // looks whether the owner, who is away, has to go; nil: nobody waits for that
}

// maxWaiting is how many claims wait at one place.
const maxWaiting = 256

// enter gives c its place, or puts it at the end of the queue. With first, it is the next to have it. Full tells that it
// is neither.
func (s *places) enter(c *claim, first bool) (granted, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.taken[c.place]
	switch {
	case t == nil:
		s.taken[c.place] = &tenure{owner: c}
		c.stage = opening
		return true, false
	case len(t.waiting) >= maxWaiting && !first:
		return false, true
	case first:
		t.waiting = slices.Insert(t.waiting, 0, c)
	default:
		t.waiting = append(t.waiting, c)
	}
	c.stage, c.deadline = waiting, time.Now().Add(s.patience)
	c.timer = time.AfterFunc(s.patience, c.expire)
	return false, false
}

// owner is who has a place; nil: nobody.
func (s *places) owner(p place) *claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.taken[p]; t != nil {
		return t.owner
	}
	return nil
}

// away is told that the client of c's socket is away. Whoever waits may have to wait until it is clear whether it comes back,
// but not longer because it goes away again and again.
func (s *places) away(c *claim) {
	s.mu.Lock()
	t := s.taken[c.place]
	if t == nil || t.owner != c {
		s.mu.Unlock()
		return
	}
	all := slices.Clone(t.waiting)
	for _, w := range all {
		if !w.extended {
			w.extended, w.deadline = true, time.Now().Add(s.patience)
			w.timer.Reset(s.patience)
		}
	}
	s.mu.Unlock()
	s.look(c, all)
}

// look makes the owner of a place, if it is away, give it up to the first of those who wait and may have it. If that is only
// later, it looks again then.
func (s *places) look(owner *claim, waiting []*claim) {
	const never = time.Duration(1<<63 - 1)
	soonest := never
	for _, c := range waiting {
		in, ok := c.handle().Succeeds(owner.handle())
		switch {
		case !ok || c.handle().IsAway():
		case in > 0:
			soonest = min(soonest, in)
		default:
			s.prefer(c)
			owner.handle().GiveUp()
			return
		}
	}
	if soonest < never {
		s.lookAgain(owner, soonest)
	}
}

// prefer makes c, which waits, the next to have its place.
func (s *places) prefer(c *claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.taken[c.place]
	if t == nil {
		return
	}
	if i := slices.Index(t.waiting, c); i > 0 {
		t.waiting = slices.Insert(slices.Delete(t.waiting, i, i+1), 0, c)
	}
}

// lookAgain looks in a while, unless the place has another owner by then, or it is to be looked at sooner.
func (s *places) lookAgain(owner *claim, in time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.taken[owner.place]
	if t == nil || t.owner != owner || t.again != nil {
		return
	}
	t.again = time.AfterFunc(in, func() { s.look(owner, s.queue(owner)) })
}

// queue is who waits for what owner has, when it is time to look.
func (s *places) queue(owner *claim) []*claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.taken[owner.place]
	if t == nil || t.owner != owner {
		return nil
	}
	t.again = nil
	return slices.Clone(t.waiting)
}

// free takes c's place from it, and returns who has it now, to be granted; nil: nobody. Those whose clients are there come
// before those whose clients are away. The caller holds the lock.
func (s *places) free(c *claim) (next *claim) {
	t := s.taken[c.place]
	if t.again != nil {
		t.again.Stop()
		t.again = nil
	}
	if len(t.waiting) == 0 {
		delete(s.taken, c.place)
		return nil
	}
	i := max(0, slices.IndexFunc(t.waiting, func(w *claim) bool { return !w.handle().IsAway() }))
	next = t.waiting[i]
	t.waiting = slices.Delete(t.waiting, i, i+1)
	t.owner = next
	next.stage = opening
	next.timer.Stop()
	return next
}

// leave gives c's place back, or ends its waiting.
func (s *places) leave(c *claim) {
	s.mu.Lock()
	was := c.stage
	var next *claim
	switch was {
	case waiting:
		s.drop(c)
	case opening:
		c.stage = leaving // whoever opens it gives the place back
	case inPlace:
		c.stage = over
		next = s.free(c)
	}
	s.mu.Unlock()
	if was == waiting {
		c.served()
	}
	next.grant()
}

// lapse ends the waiting of a claim whose time is over, and tells whether it still waited.
func (s *places) lapse(c *claim) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.stage != waiting || time.Now().Before(c.deadline) {
		return false
	}
	s.drop(c)
	return true
}

// drop takes c out of its queue. The caller holds the lock.
func (s *places) drop(c *claim) {
	t := s.taken[c.place]
	t.waiting = slices.DeleteFunc(t.waiting, func(w *claim) bool { return w == c })
	c.timer.Stop()
	c.stage = over
}

// opened notes that c was opened, or could not be: then the place is somebody else's.
func (s *places) opened(c *claim, ok bool) {
	s.mu.Lock()
	if ok && c.stage == opening {
		c.stage = inPlace
		s.mu.Unlock()
		return
	}
	c.stage = over
	next := s.free(c)
	s.mu.Unlock()
	next.grant()
}
