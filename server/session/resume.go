package session

import (
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// resume puts the session that the client presents a token for on this line. A code says why it could not be done; an
// error closes the line.
func (l *line) resume(hello *core.Frame, who login) (resumed bool, refused core.Code, err error) {
	r := l.registry
	s := r.retention.find(hello.Name)
	if s == nil {
		return false, core.Lost, nil
	}
	if !s.belongsTo(who.user, l.request) {
		return false, core.Denied, nil
	}
	select {
	case s.resuming <- struct{}{}:
		defer func() { <-s.resuming }()
	case <-l.ctx.Done():
		return false, 0, core.NewError(core.Lost, "the WebSocket ended before its session was free")
	case <-time.After(r.cfg.HookTimeout):
		return false, 0, errResuming
	}
	if !s.dropLine(r.cfg.HookTimeout) {
		return false, 0, errResuming
	}
	return l.attach(s, hello, who)
}

var errResuming = core.NewCloseError(core.CloseOverloaded, "the session is being resumed by another connection")

// lastWriteTime is how long the writer of a WebSocket that the client has left has to come to an end. It needs none of it, unless
// it is in the middle of a write that the network does not take.
const lastWriteTime = 200 * time.Millisecond

// dropLine ends the WebSocket that the session is on: the client has left it, whatever the bridge believes. If somebody is
// there after all, a close frame says why; the answer to it is not waited for.
func (s *session) dropLine(within time.Duration) bool {
	s.mu.Lock()
	old := s.line
	if old != nil {
		old.replaced = true
		old.endLocked(core.NewCloseError(core.CloseGoingAway, "the session goes on over another connection"))
	}
	s.mu.Unlock()
	if old == nil {
		return true
	}
	if old.endsWithin(lastWriteTime) {
		return true
	}
	old.ctx.End()
	old.conn.Drop()
	return old.endsWithin(within)
}

func (l *line) endsWithin(limit time.Duration) bool {
	select {
	case <-l.done:
		return true
	case <-time.After(limit):
		return false
	}
}

func (l *line) attach(s *session, hello *core.Frame, who login) (resumed bool, refused core.Code, err error) {
	r := l.registry
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || !r.retention.holds(s, hello.Name) {
		return false, core.Lost, nil // it ended, or the token was used, while this line waited
	}
	if !s.tokens.MayResume(r.now()) {
		return false, 0, core.NewCloseError(core.CloseOverloaded, "the session is resumed too often")
	}
	complete, err := s.engine.CanResume(hello.Seq)
	if err != nil || !complete {
		r.retention.expireSoon(s) // it is of no use to anybody
		return false, core.Lost, err
	}
	if err := s.engine.Resume(hello, r.retention.renew(s, hello.Name), r.now()); err != nil {
		return false, 0, err
	}
	s.request, s.user = l.request, who.user
	s.logins++
	s.absence.expired = false // somebody came in time after all
	r.counters.Resumed.Add(1)
	l.begin(s, who.expires)
	return true, 0, nil
}

// belongsTo tells whether it is the same user, on a page of the same origin.
func (s *session) belongsTo(user any, r *http.Request) bool {
	s.mu.Lock()
	owner, origin := s.user, s.request.Header.Get("Origin")
	s.mu.Unlock()
	return origin == r.Header.Get("Origin") && s.registry.host.SameUser(owner, user)
}
