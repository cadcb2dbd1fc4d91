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

// judge has the sockets judged, between two visits of the client.
func (s *session) judge(ctx context.Context) {
	if !s.tryVisit(ctx) {
		return
	}
	defer s.visit.Unlock()
	s.mu.Lock()
	s.handling = true // nothing is released meanwhile
	s.mu.Unlock()
	s.judgeSockets(ctx)
	s.handled()
	s.mu.Unlock()
}

// judgeSockets asks about all of them, for who handles a frame or as if he did.
func (s *session) judgeSockets(ctx context.Context) {
	s.mu.Lock()
	sockets := make([]*Handle, 0, len(s.sockets))
	for _, h := range s.sockets {
		sockets = append(sockets, h)
	}
	s.mu.Unlock()
	slices.SortFunc(sockets, func(a, b *Handle) int { return cmp.Compare(a.id, b.id) })
	for _, h := range sockets {
		h.socket.Judge(ctx)
	}
}

// tryVisit waits until no frame is handled, which a hook may keep from happening for a while.
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
