package session

import (
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// retention knows the sessions that can be resumed, by their tokens, and ends those whose clients do not
// come back in time, or that hold too much together.
type retention struct {
	registry *Registry

	mu      sync.Mutex
	byToken token.Book[*session]
	cut     []*session // without a line, in the order in which they were cut
	timer   *time.Timer
	armed   bool
	closed  bool
}

func newRetention(registry *Registry) *retention {
	r := &retention{registry: registry, byToken: token.Book[*session]{}}
	r.timer = time.AfterFunc(time.Hour, r.sweep)
	r.timer.Stop()
	return r
}

// admit makes a session resumable and returns its token.
func (r *retention) admit(s *session) (token []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.tokens, token = r.byToken.Admit(s, r.registry.now())
	return token
}

// find returns the session of a token that holds.
func (r *retention) find(token []byte) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byToken.Find(token)
}

// at returns the session of a token that holds, by the place of the token.
func (r *retention) at(place [32]byte) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byToken.At(place)
}

// keysOf are those of the tokens that hold. The session's lock is held.
func (r *retention) keysOf(s *session) []token.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(s.tokens.Keys())
}

// settled tells whether one token holds. The session's lock is held.
func (r *retention) settled(s *session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(s.tokens.Keys()) <= 1
}

func (r *retention) holds(s *session, token []byte) bool { return r.find(token) == s }

// renew gives a session another token. Its client is there again. The session's lock is held.
func (r *retention) renew(s *session, presented []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uncut(s)
	return r.byToken.Renew(s, &s.tokens, presented)
}

// confirmToken is called when the client has been heard: it has its latest token. The session's lock is held.
func (s *session) confirmToken() {
	if !s.engine.Confirmed() || !s.tokens.Hear() {
		return
	}
	r := s.registry.retention
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byToken.Settle(&s.tokens)
}

// forget takes a session that has ended off the books.
func (r *retention) forget(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byToken.Forget(&s.tokens)
	r.uncut(s)
}

// keep waits for the client of a session that was cut. It is refused when the bridge is closing.
func (r *retention) keep(s *session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.cut = append(r.cut, s)
	r.arm(sweepEvery)
	return true
}

// sweepEvery is how often those that wait are looked at, while there are any.
const sweepEvery = 200 * time.Millisecond

func (r *retention) arm(in time.Duration) {
	if !r.armed && !r.closed {
		r.armed = true
		r.timer.Reset(in)
	}
}

func (r *retention) uncut(s *session) {
	if i := slices.Index(r.cut, s); i >= 0 {
		r.cut = slices.Delete(r.cut, i, i+1)
	}
}

// absence is that a client is away, or was. The session's lock guards it.
type absence struct {
	since   time.Duration
	expired bool // the session is to be ended as soon as possible
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

// expireSoon ends a session at the next sweep. The session's lock is held.
func (r *retention) expireSoon(s *session) { s.absence.expired = true }

// sweep ends the sessions whose time is over and, oldest first, those that are too many or hold too much together.
func (r *retention) sweep() {
	r.mu.Lock()
	r.armed = false
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	cfg, now := &r.registry.cfg, r.registry.now()
	total, kept := 0, 0
	for _, s := range slices.Backward(waiting) { // the youngest have the best chance
		s.mu.Lock()
		size, expired := s.costs.Held(), s.absence.expired || now-s.absence.since >= s.retain() || s.takesInVain()
		s.mu.Unlock()
		switch {
		case expired:
			r.expire(s)
		case total+size > cfg.RetainTotal || kept >= r.registry.limits().MaxConnections:
			r.registry.counters.SessionsDropped.Add(1)
			r.registry.counters.Hit(limit.Retained)
			r.expire(s)
		default:
			total += size
			kept++
		}
	}
	r.mu.Lock()
	if len(r.cut) > 0 {
		r.arm(sweepEvery)
	}
	r.mu.Unlock()
}

// expire ends a session that nobody has come back for.
func (r *retention) expire(s *session) {
	s.mu.Lock()
	ended := s.line == nil && s.endLocked(errForgotten)
	s.mu.Unlock()
	if ended {
		r.registry.counters.SessionsExpired.Add(1)
		s.release()
	}
}

var errForgotten = core.NewCloseError(core.CloseGoingAway, "the client did not come back in time")

// close ends all sessions that wait; none is kept any more.
func (r *retention) close() {
	r.mu.Lock()
	r.closed = true
	r.timer.Stop()
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	for _, s := range waiting {
		r.expire(s)
	}
}

// waiting is how many sessions wait to be resumed.
func (r *retention) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.cut)
}

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
func (h *Handle) GiveUp() { h.session.registry.retention.expire(h.session) }
