package session

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const drainText = "the bridge is shutting down"

// Drain asks every client to leave within a time, and waits until they have or ctx ends. Clients that come meanwhile are
// turned away, unless they resume a session: outstanding answers may be theirs.
func (r *Registry) Drain(ctx context.Context, within time.Duration) error {
	r.mu.Lock()
	if r.drainBy.IsZero() {
		r.drainBy = time.Now().Add(within)
	}
	sessions := make([]*Session, 0, len(r.lines))
	for _, s := range r.lines {
		if s != nil { // a client that has not said Hello yet will be told then
			sessions = append(sessions, s)
		}
	}
	r.mu.Unlock()
	for _, s := range sessions {
		s.goAway(within)
	}
	return r.emptied(ctx)
}

// draining tells whether the bridge is draining, and how much time is left.
func (r *Registry) draining() (left time.Duration, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drainTime()
}

func (r *Registry) drainTime() (left time.Duration, yes bool) {
	return max(0, time.Until(r.drainBy)), !r.drainBy.IsZero()
}

// attached notes which session a line is on, and tells whether the bridge is draining.
func (r *Registry) attached(l *Line, s *Session) (left time.Duration, draining bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines[l] = s
	return r.drainTime()
}

// emptied waits until no WebSocket is left.
func (r *Registry) emptied(ctx context.Context) error {
	for {
		r.mu.Lock()
		left, fewer := len(r.lines), r.fewer
		r.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-fewer:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// goAway asks the client to leave.
func (s *Session) goAway(within time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != nil && s.over == nil {
		s.engine.GoAway(within, drainText)
		s.wakeWriter()
	}
}

// sendAway answers a Hello with when to come back.
func (l *Line) sendAway(engine *core.Session, delay time.Duration) error {
	engine.GoAway(delay, drainText)
	if err := l.write(engine.Take(nil, l.registry.now())); err != nil {
		return err
	}
	return core.NewCloseError(core.CloseGoingAway, drainText)
}
