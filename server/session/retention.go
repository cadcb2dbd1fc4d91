package session

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// retention knows the sessions that can be resumed, by the hashes of their tokens, and ends those whose clients do not
// come back in time, or that hold too much together.
type retention struct {
	registry *Registry

	mu     sync.Mutex
	byKey  map[key]*session
	cut    []*session // without a line, in the order in which they were cut
	timer  *time.Timer
	armed  bool
	closed bool
}

func newRetention(registry *Registry) *retention {
	r := &retention{registry: registry, byKey: map[key]*session{}}
	r.timer = time.AfterFunc(time.Hour, r.sweep)
	r.timer.Stop()
	return r
}

// admit makes a session resumable and returns its token.
func (r *retention) admit(s *session) []byte {
	token, k := newToken()
	s.keys = keys{issued: []key{k}, allowance: resumeBurst, counted: r.registry.now()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byKey[k] = s
	return token
}

// find returns the session of a token that holds.
func (r *retention) find(token []byte) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byKey[sha256.Sum256(token)]
}

func (r *retention) holds(s *session, token []byte) bool { return r.find(token) == s }

// renew gives a session another token. Those from the presented one on hold until the client has been heard, for the new
// one may get lost on its way. The session's lock is held.
func (r *retention) renew(s *session, presented []byte) []byte {
	token, k := newToken()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retire(s, max(0, slices.Index(s.keys.issued, sha256.Sum256(presented))))
	s.keys.issued = append(s.keys.issued, k)
	r.byKey[k] = s
	r.uncut(s)
	return token
}

// retire makes the oldest tokens useless. The lock is held.
func (r *retention) retire(s *session, count int) {
	for _, k := range s.keys.issued[:count] {
		delete(r.byKey, k)
	}
	s.keys.issued = slices.Delete(s.keys.issued, 0, count)
}

// confirmKey is called when the client has been heard: it has its latest token. The session's lock is held.
func (s *session) confirmKey() {
	if !s.engine.Confirmed() {
		return
	}
	s.keys.heard = true
	if older := len(s.keys.issued) - 1; older > 0 {
		r := s.registry.retention
		r.mu.Lock()
		defer r.mu.Unlock()
		r.retire(s, older)
	}
}

// forget takes a session that has ended off the books.
func (r *retention) forget(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retire(s, len(s.keys.issued))
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

// expireSoon ends a session at the next sweep. The session's lock is held.
func (r *retention) expireSoon(s *session) { s.keys.expired = true }

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
		size, expired := s.account.Held(), s.keys.expired || now-s.keys.cutAt >= s.keys.retain(cfg) || s.takesInVain()
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
