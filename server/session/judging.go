package session

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// judges is how many sessions are judged side by side: hooks may take their time.
const judges = 16

// Judge asks anew about every client: whether the user is still let in, and whether what each socket was allowed still is. It
// returns when all were asked, or when ctx has ended; a session for which hooks take longer than HookTimeout is left as it
// is, and the others are not kept waiting. What is opened meanwhile is judged by the rules of then.
func (r *Registry) Judge(ctx context.Context) { r.judgeAll(ctx, (*session).judge) }

// JudgeUsers asks only whether the users are still let in, and ends the sessions of those who are not. It waits for no frame
// that is being handled.
func (r *Registry) JudgeUsers(ctx context.Context) {
	r.judgeAll(ctx, func(s *session, ctx context.Context) { s.askAboutUser(ctx) })
}

func (r *Registry) judgeAll(ctx context.Context, judge func(*session, context.Context)) {
	r.judgements.Add(1) // before it is looked who is there
	sessions := make(chan *session)
	var all sync.WaitGroup
	for range judges {
		all.Go(func() {
			for s := range sessions {
				within, cancel := context.WithTimeout(ctx, r.cfg.HookTimeout)
				judge(s, within)
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

// judge has the user judged, and then the sockets. No frame of the client waits for the user's.
func (s *session) judge(ctx context.Context) {
	who, logins, stays := s.askAboutUser(ctx)
	if !stays {
		return
	}
	s.mu.Lock()
	if s.logins == logins {
		s.adopt(who)
	}
	s.mu.Unlock()
	s.judgeSockets(ctx)
}

// askAboutUser asks who the user is by now. Whoever is let in no more is dismissed at once; where nobody has answered in time
// the session stays as it is.
func (s *session) askAboutUser(ctx context.Context) (who login, logins uint64, stays bool) {
	s.mu.Lock()
	user, request, logins := s.user, s.request, s.logins
	s.mu.Unlock()
	now, refused := s.registry.host.Recheck(ctx, request, user)
	switch {
	case ctx.Err() != nil:
		return login{}, 0, false
	case refused != nil:
		s.dismiss(refused, logins)
		return login{}, 0, false
	}
	return loginOf(now), logins, true
}

// adopt takes in what is said of the user by now. The lock is held.
func (s *session) adopt(who login) {
	s.user = who.user
	if l := s.line; l != nil && !who.expires.Equal(l.expiry.until()) {
		l.expire(who.expires)
	}
}

// dismiss ends the session of a user who is not let in any more, unless other credentials were shown meanwhile. A client that
// would come back with the same ones for ever is told that there is no use.
func (s *session) dismiss(why *core.CloseError, logins uint64) {
	s.mu.Lock()
	if s.logins != logins || s.over != nil {
		s.mu.Unlock()
		return
	}
	why = understood(why, s.engine)
	idle := s.endLocked(why) && s.line == nil
	s.mu.Unlock()
	s.registry.counters.Dismissed.Add(1)
	s.log().Info("a user is not let in any more", "code", int(why.Close), "reason", why.Reason)
	s.registry.host.Decided(access.Decision{What: access.Disconnect, Session: s.idText()}, s.handshake(), s.owner(), why)
	if idle {
		s.release()
	}
}

// judgeSockets asks about all of them, one after the other, each between two frames of the client. No frame of the others waits for
// that.
func (s *session) judgeSockets(ctx context.Context) {
	s.mu.Lock()
	sockets := make([]*Handle, 0, s.sockets.Len())
	for h := range s.sockets.Values() {
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
	if !s.visit.LockWithin(ctx) { // the reading goroutine handles a frame, which a hook may keep from being done for a while
		return false
	}
	s.mu.Lock()
	if s.over != nil || s.sockets == nil || h.aside.Ended() {
		s.mu.Unlock()
		s.visit.Unlock()
		return false
	}
	s.beside.Add(1)
	turn := h.aside.Judge()
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
	waited := h.aside.Leave(turn)
	s.mu.Unlock()
	if waited {
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
