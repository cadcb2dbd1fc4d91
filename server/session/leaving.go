package session

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// leaving is a session that is about to go to another bridge, as package moving sees it. It is made anew for each attempt, and one
// goroutine's.
type leaving struct {
	session *session
	idle    bool // it was packed, and no line is there that would release it
}

// Keep implements moving.Session.
func (l *leaving) Keep(ctx context.Context) (release func(), err error) {
	if !l.session.resuming.LockWithin(ctx) {
		return nil, ctx.Err()
	}
	return l.session.resuming.Unlock, nil
}

// Owner implements moving.Session.
func (l *leaving) Owner() (key string, known bool) {
	user := l.session.owner()
	if user == nil {
		return "", true
	}
	key = l.session.registry.host.UserKey(user)
	return key, key != ""
}

// Log implements moving.Session.
func (l *leaving) Log() *slog.Logger { return l.session.log() }

var errTooMuch = core.NewError(core.TooLarge, "too much is held for this session to go to another bridge")

// Movers implements moving.Session.
func (l *leaving) Movers() (movers []moving.Mover, err error) {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over != nil || s.sockets == nil:
		return nil, errEnded
	case !s.engine.Resumable() || s.line == nil && !s.tokens.Heard():
		return nil, moving.ErrStays
	case s.costs.Held() > s.registry.cfg.RetainBytes:
		return nil, errTooMuch
	}
	for _, h := range s.inOrder() {
		m, ok := h.socket.(moving.Mover)
		if !ok {
			return nil, moving.ErrStays
		}
		movers = append(movers, m)
	}
	return movers, nil
}

// inOrder are the sockets by their numbers. The lock is held.
func (s *session) inOrder() []*Handle {
	all := make([]*Handle, 0, s.sockets.Len())
	for h := range s.sockets.Values() {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *Handle) int { return cmp.Compare(a.id, b.id) })
	return all
}

// Look implements moving.Session.
func (l *leaving) Look() moving.Standing {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	return moving.Standing{
		Over: s.over != nil, Away: s.line == nil, Asked: s.hasAside() || len(s.errands) > 0,
		Outstanding: s.usage.Pending > 0 || s.gathered.count > 0 || len(s.lingering) > 0,
		Owes:        s.usage.Incoming > 0, Unsettled: !s.registry.retention.IsSettled(&s.tokens),
	}
}

// Halt implements moving.Session.
func (l *leaving) Halt(ctx context.Context) bool {
	s := l.session
	if !s.visit.LockWithin(ctx) {
		return false
	}
	defer s.visit.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halt == nil {
		s.halt = make(chan struct{})
	}
	return true
}

// GoOn implements moving.Session.
func (l *leaving) GoOn() {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halt != nil {
		close(s.halt)
		s.halt = nil
	}
}

// enter is what the handling of frames begins with: it takes the visit and the lock. It is false if the session goes on elsewhere; then it has taken
// neither.
func (s *session) enter() bool {
	for {
		s.visit.Lock()
		s.mu.Lock()
		halt := s.halt
		if halt == nil {
			return true
		}
		s.mu.Unlock()
		s.visit.Unlock()
		<-halt // which does not take long
		if s.isOver() {
			return false
		}
	}
}

var errGoesOn = core.NewCloseError(core.CloseGoingAway, "the session goes on at another bridge")

// Pack implements moving.Session.
func (l *leaving) Pack(states []func() moved.Socket, owner string) (*moved.Session, []token.Key, error) {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return nil, nil, errEnded
	}
	since := s.registry.now()
	if s.line == nil {
		since = s.absence.since
	}
	m := &moved.Session{ID: s.idText(), Until: s.registry.started.Add(since + s.engine.Retain()), HasUser: s.user != nil, User: owner, Origin: s.request.Header.Get("Origin"),
		LastSocket: s.lastSocket}
	for _, state := range states {
		m.Sockets = append(m.Sockets, state())
	}
	m.Engine = moved.EngineOf(s.engine.State(), s.engine.MaxReceive())
	s.over = errGoesOn
	l.idle = s.line == nil
	return m, s.registry.retention.Keys(&s.tokens), nil
}

// Depart implements moving.Session.
func (l *leaving) Depart() {
	s := l.session
	s.mu.Lock()
	s.discard()
	if s.line != nil {
		s.line.endLocked(errGoesOn)
	}
	s.mu.Unlock()
	if l.idle {
		s.release()
	}
}
