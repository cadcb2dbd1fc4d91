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
	s := r.retention.Find(hello.Name)
	if s == nil {
		return false, core.Lost, nil
	}
	if !s.belongsTo(who.user, l.request) {
		return false, core.Denied, nil
	}
	ctx, cancel := l.ctx.Within(r.cfg.HookTimeout)
	defer cancel()
	switch free := s.resuming.LockWithin(ctx); {
	case free:
		defer s.resuming.Unlock()
	case l.ctx.Err() != nil:
		return false, 0, core.NewError(core.Lost, "the WebSocket ended before its session was free")
	default:
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
	case <-l.done.Done():
		return true
	case <-time.After(limit):
		return false
	}
}

func (l *line) attach(s *session, hello *core.Frame, who login) (resumed bool, refused core.Code, err error) {
	r := l.registry
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || r.retention.Find(hello.Name) != s {
		return false, core.Lost, nil // it ended, or the token was used, while this line waited
	}
	if !s.tokens.MayResume(r.now()) {
		return false, 0, core.NewCloseError(core.CloseOverloaded, "the session is resumed too often")
	}
	complete, err := s.engine.CanResume(hello.Seq)
	if err != nil || !complete {
		s.absence.expired = true // it is of no use to anybody
		return false, core.Lost, err
	}
	if err := s.engine.Resume(hello, r.retention.Renew(s, &s.tokens, hello.Name), r.now()); err != nil {
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

// admit makes the session resumable and returns its token.
func (s *session) admit() (token []byte) {
	return s.registry.retention.Admit(s, &s.tokens, s.registry.now())
}

// confirmToken is called when the client has been heard: it has its latest token. The lock is held.
func (s *session) confirmToken() {
	if s.engine.Confirmed() && s.tokens.Hear() {
		s.registry.retention.Settle(&s.tokens)
	}
}

// absence is that a client is away, or was. The session's lock guards it.
type absence struct {
	since   time.Duration
	expired bool // the session is to be ended at the next sweep
}

// unheardFor is how long a session is kept whose client was not heard after Welcome. It may have its token, and have been
// cut off before it could say so; or it never got it, and will not come back.
const unheardFor = 5 * time.Second

// retain is how long the session is kept.
func (s *session) retain() time.Duration {
	retain := s.engine.Retain()
	if s.tokens.Heard() {
		return retain
	}
	return min(retain, unheardFor)
}

// Due implements retention.Session.
func (s *session) Due() (held int, over bool) {
	now := s.registry.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.costs.Held(), s.absence.expired || now-s.absence.since >= s.retain() || s.takesInVain()
}

// Expire implements retention.Session: nobody has come back for it.
func (s *session) Expire() {
	s.mu.Lock()
	ended := s.line == nil && s.endLocked(errForgotten)
	s.mu.Unlock()
	if ended {
		s.registry.counters.SessionsExpired.Add(1)
		s.release()
	}
}

var errForgotten = core.NewCloseError(core.CloseGoingAway, "the client did not come back in time")

// Succeeds tells whether the socket's client may have what another socket holds, whose client is away, and in how long.
//
// What a user's socket holds is kept for this user as long as the session is, and a program of the same user that was
// started again has it at once. Where the client that is away has no user, nobody can tell its successor from anybody else:
// it is kept for two heartbeats, and whoever asks next may have it then.
func (h *Handle) Succeeds(owner *Handle) (in time.Duration, ok bool) {
	mine, other := h.session, owner.session
	if mine == other {
		return 0, false
	}
	other.mu.Lock()
	there, user, since := other.line != nil || other.over != nil, other.user, other.absence.since
	other.mu.Unlock()
	if there {
		return 0, false
	}
	if user != nil {
		mine.mu.Lock()
		claimant, request := mine.user, mine.request
		mine.mu.Unlock()
		return 0, claimant != nil && other.belongsTo(claimant, request)
	}
	r := other.registry
	return max(0, since+2*r.cfg.Heartbeat-r.now()), true
}

// GiveUp ends the session, unless its client is there: what its sockets hold is somebody else's now. A client that comes
// back in spite of it is told that its session is gone.
func (h *Handle) GiveUp() { h.session.Expire() }
