package server

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// retention knows the sessions that can be resumed, by the hashes of their tokens, and ends those whose clients do not
// come back in time, or that hold too much together. Its lock may be taken under a session's, never the other way round.
type retention struct {
	bridge *Bridge

	mu     sync.Mutex
	byKey  map[key]*session
	cut    []*session // without a line, in the order in which they were cut
	timer  *time.Timer
	armed  bool
	closed bool
}

// key is the hash of a token: what is in memory is of no use to who reads it.
type key [sha256.Size]byte

// tokenSize is 192 random bits.
const tokenSize = 24

// keys of a session: of every token that its client may have. It has the first, or it has got a later one: a Welcome may
// be lost, and a Hello be overtaken by the one of the next attempt.
type keys struct {
	issued []key // at most maxIssued
	heard  bool  // the client has its token

	cutAt   time.Duration
	expired bool // to be ended as soon as possible

	allowance float64 // resumes that may follow at once
	counted   time.Duration
}

// A client may resume a session this often at once, and so many times a second for ever.
const (
	resumeBurst = 100
	resumeRate  = 20
)

// maxIssued is how many tokens may be on their way to a client that was not heard.
const maxIssued = 64

func (k *keys) mayResume(now time.Duration) bool {
	k.allowance = min(resumeBurst, k.allowance+resumeRate*(now-k.counted).Seconds())
	k.counted = now
	if k.allowance < 1 || len(k.issued) >= maxIssued {
		return false
	}
	k.allowance--
	return true
}

func newRetention(b *Bridge) *retention {
	r := &retention{bridge: b, byKey: map[key]*session{}}
	r.timer = time.AfterFunc(time.Hour, r.sweep)
	r.timer.Stop()
	return r
}

func newToken() (token []byte, k key) {
	token = make([]byte, tokenSize)
	rand.Read(token) // never fails
	return token, sha256.Sum256(token)
}

// admit makes a session resumable and returns its token.
func (r *retention) admit(s *session) []byte {
	token, k := newToken()
	s.keys = keys{issued: []key{k}, allowance: resumeBurst, counted: r.bridge.now()}
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

// retire makes the oldest tokens useless.
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
		r := s.bridge.retention
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

// leave gives up the line's place on its session: which waits to be resumed, or ends.
func (l *line) leave() {
	s := l.session
	s.mu.Lock()
	s.line = nil
	keep := s.over == nil && s.engine.Resumable() && s.kept() <= l.bridge.cfg.RetainBytes && !s.takesInVain()
	if keep {
		s.engine.Cut()
		s.keys.cutAt = l.bridge.now()
		keep = l.bridge.retention.keep(s)
	}
	if !keep && s.over == nil {
		s.over = l.cause
	}
	s.mu.Unlock()
	if !keep {
		s.release()
	}
}

// takesInVain tells whether the session, which was cut, may not wait for its client. A bridge that drains is about to be
// replaced, and its client most likely comes to another bridge, opens its sockets there, and reports a gap. A backend that
// shares its messages out would go on giving this bridge a part of them: each of those would be missing behind that gap,
// and nobody could report it. The client that comes back here after all is told that the session is gone. The lock is held.
func (s *session) takesInVain() bool {
	if _, draining := s.bridge.draining(); !draining || len(s.resuming) > 0 { // resuming: the client is here again
		return false
	}
	for _, k := range s.sockets {
		switch k.typ {
		case core.PULL, core.DEALER, core.ROUTER, core.PAIR:
			return true
		}
	}
	return false
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

// unheardFor is how long a session is kept whose client was not heard after Welcome. It may have its token, and have been
// cut off before it could say so; or it never got it, and will not come back.
const unheardFor = 5 * time.Second

// retain is how long the session is kept.
func (k *keys) retain(cfg *Config) time.Duration {
	if k.heard {
		return cfg.Retain
	}
	return min(cfg.Retain, unheardFor)
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

// expireSoon ends a session at the next sweep.
func (r *retention) expireSoon(s *session) { s.keys.expired = true }

// sweep ends the sessions whose time is over and, oldest first, those that are too many or hold too much together.
func (r *retention) sweep() {
	r.mu.Lock()
	r.armed = false
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	cfg, now := &r.bridge.cfg, r.bridge.now()
	total, kept := 0, 0
	for _, s := range slices.Backward(waiting) { // the youngest have the best chance
		s.mu.Lock()
		size, expired := s.kept(), s.keys.expired || now-s.keys.cutAt >= s.keys.retain(cfg) || s.takesInVain()
		s.mu.Unlock()
		switch {
		case expired:
			r.expire(s)
		case total+size > cfg.RetainTotal || kept >= cfg.MaxConnections:
			r.bridge.counters.sessionsDropped.Add(1)
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
		r.bridge.counters.sessionsExpired.Add(1)
		s.release()
	}
}

var errForgotten = core.NewCloseError(core.CloseGoingAway, "the client did not come back in time")

// close ends all that wait; no session is kept any more.
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

// belongsTo tells whether it is the same user, on a page of the same origin.
func (s *session) belongsTo(user any, r *http.Request) bool {
	s.mu.Lock()
	owner, origin := s.user, s.request.Header.Get("Origin")
	s.mu.Unlock()
	if origin != r.Header.Get("Origin") {
		return false
	}
	same := s.bridge.cfg.SameUser
	if same == nil {
		return reflect.DeepEqual(owner, user)
	}
	return guardHook(func() error {
		if !same(owner, user) {
			return errOtherUser
		}
		return nil
	}) == nil
}

var errOtherUser = core.NewError(core.Denied, "another user")

// waiting is how many sessions wait to be resumed.
func (r *retention) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.cut)
}
