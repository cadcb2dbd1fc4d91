package session

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// judges is how many sessions are judged side by side: hooks may take their time.
const judges = 16

// Judge asks anew, for every socket of every client, whether what it was allowed still is. It returns when all were asked, or
// when ctx has ended; a session for which hooks take longer than HookTimeout is left as it is, and the others are not kept
// waiting. What is opened meanwhile is judged by the rules of then.
func (r *Registry) Judge(ctx context.Context) {
	sessions := make(chan *session)
	var all sync.WaitGroup
	for range judges {
		all.Go(func() {
			for s := range sessions {
				within, cancel := context.WithTimeout(ctx, r.cfg.HookTimeout)
				s.judge(within)
				cancel()
			}
		})
	}
	for s := range r.sessions() {
		if ctx.Err() == nil {
			sessions <- s
		}
	}
	close(sessions)
	all.Wait()
}

// judge has the sockets judged, one after the other, each between two frames of the client. No frame of the others waits for that.
func (s *session) judge(ctx context.Context) {
	s.mu.Lock()
	sockets := make([]*Handle, 0, len(s.sockets))
	for _, h := range s.sockets {
		sockets = append(sockets, h)
	}
	s.mu.Unlock()
	slices.SortFunc(sockets, func(a, b *Handle) int { return cmp.Compare(a.id, b.id) })
	for _, h := range sockets {
		if !s.takeTurn(ctx, h) {
			continue
		}
		if h.isOpen() {
			h.socket.Judge(ctx)
		}
		s.giveTurn(h)
	}
}

// takeTurn waits until no frame of a socket is handled, and until those who wanted its turn before have had it.
func (s *session) takeTurn(ctx context.Context, h *Handle) bool {
	if !s.tryVisit(ctx) {
		return false
	}
	s.mu.Lock()
	if s.over != nil || s.sockets == nil || h.aside.ended {
		s.mu.Unlock()
		s.visit.Unlock()
		return false
	}
	s.beside.Add(1)
	turn := make(chan struct{})
	if h.aside.taken.Swap(true) {
		h.aside.judges = append(h.aside.judges, turn)
	} else {
		close(turn)
	}
	s.mu.Unlock()
	s.visit.Unlock()
	select {
	case <-turn:
	case <-ctx.Done():
		return s.leaveTurn(h, turn)
	}
	return true
}

// leaveTurn gives up waiting for a turn. It is false.
func (s *session) leaveTurn(h *Handle, turn chan struct{}) bool {
	s.mu.Lock()
	i := slices.Index(h.aside.judges, turn)
	if i >= 0 {
		h.aside.judges = slices.Delete(h.aside.judges, i, i+1)
	}
	s.mu.Unlock()
	if i >= 0 {
		s.beside.Done()
	} else {
		s.giveTurn(h) // it came at the last moment
	}
	return false
}

func (s *session) giveTurn(h *Handle) {
	s.mu.Lock()
	s.passTurn(h)
	s.mu.Unlock()
	s.reap()
	s.beside.Done()
}

// tryVisit waits until the reading goroutine handles no frame, which a hook may keep from happening for a while.
func (s *session) tryVisit(ctx context.Context) bool {
	const again = 5 * time.Millisecond
	for !s.visit.TryLock() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(again):
		}
	}
	return true
}
