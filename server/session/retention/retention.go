package retention

import (
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// Session is one that can be resumed. Both methods are called without a lock.
type Session interface {
	comparable

	// Due tells how many bytes are held for it, and whether the time is over for which it waits for its client.
	Due() (held int, over bool)

	// Expire ends it, unless its client is there.
	Expire()
}

// Retention has the sessions that can be resumed.
type Retention[S Session] struct {
	most     func() (sessions, bytes int) // that may wait
	counters *count.Counters

	mu      sync.Mutex
	byToken token.Book[S]
	cut     []S // without a line, in the order in which they were cut
	timer   *time.Timer
	armed   bool
	closed  bool
}

// New makes a Retention. most is how many sessions may wait for their clients, and how many bytes may be held for all of them.
func New[S Session](most func() (sessions, bytes int), counters *count.Counters) *Retention[S] {
	r := &Retention[S]{most: most, counters: counters, byToken: token.Book[S]{}}
	r.timer = time.AfterFunc(time.Hour, r.Sweep)
	r.timer.Stop()
	return r
}

// Admit makes a session resumable and returns its token.
func (r *Retention[S]) Admit(s S, ring *token.Ring, now time.Duration) (token []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*ring, token = r.byToken.Admit(s, now)
	return token
}

// Find returns the session of a token that holds.
func (r *Retention[S]) Find(token []byte) S {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byToken.Find(token)
}

// At returns the session of a token that holds, by the place of the token.
func (r *Retention[S]) At(place [32]byte) S {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byToken.At(place)
}

// Keys are those of the tokens that hold.
func (r *Retention[S]) Keys(ring *token.Ring) []token.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(ring.Keys())
}

// Renew gives a session another token. Its client is there again.
func (r *Retention[S]) Renew(s S, ring *token.Ring, presented []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uncut(s)
	return r.byToken.Renew(s, ring, presented)
}

// Settle makes all tokens useless but the latest, which the client has.
func (r *Retention[S]) Settle(ring *token.Ring) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byToken.Settle(ring)
}

// IsSettled tells whether one token holds.
func (r *Retention[S]) IsSettled(ring *token.Ring) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(ring.Keys()) <= 1
}

// Forget takes a session that has ended off the books.
func (r *Retention[S]) Forget(s S, ring *token.Ring) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byToken.Forget(ring)
	r.uncut(s)
}

// Keep waits for the client of a session that was cut. It is refused when the bridge is closing.
func (r *Retention[S]) Keep(s S) bool {
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

func (r *Retention[S]) arm(in time.Duration) {
	if !r.armed && !r.closed {
		r.armed = true
		r.timer.Reset(in)
	}
}

func (r *Retention[S]) uncut(s S) {
	if i := slices.Index(r.cut, s); i >= 0 {
		r.cut = slices.Delete(r.cut, i, i+1)
	}
}

// Sweep ends the sessions whose time is over and, oldest first, those that are too many or hold too much together.
func (r *Retention[S]) Sweep() {
	r.mu.Lock()
	r.armed = false
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	total, kept := 0, 0
	for _, s := range slices.Backward(waiting) { // the youngest have the best chance
		held, over := s.Due()
		sessions, bytes := r.most()
		switch {
		case over:
			s.Expire()
		case total+held > bytes || kept >= sessions:
			r.counters.SessionsDropped.Add(1)
			r.counters.Hit(limit.Retained)
			s.Expire()
		default:
			total += held
			kept++
		}
	}
	r.mu.Lock()
	if len(r.cut) > 0 {
		r.arm(sweepEvery)
	}
	r.mu.Unlock()
}

// Close ends all sessions that wait; none is kept any more.
func (r *Retention[S]) Close() {
	r.mu.Lock()
	r.closed = true
	r.timer.Stop()
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	for _, s := range waiting {
		s.Expire()
	}
}

// Waiting are the sessions that wait to be resumed.
func (r *Retention[S]) Waiting() []S {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.cut)
}

// Count is how many there are.
func (r *Retention[S]) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.cut)
}
