package session

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/few"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/aside"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/cost"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/lifetime"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// session is what a client has at the bridge: a core.Session and the sockets on it. It outlives its line.
//
// A bridge has many of them, each of which is in no cache when something comes for it. What every message needs is in front.
type session struct {
	registry *Registry

	mu          sync.Mutex // guards what has no other comment
	line        *line      // nil: cut, waiting to be resumed
	engine      *core.Session
	over        *core.CloseError // why the session ended
	halt        chan struct{}    // the session is about to go to another bridge, and no frame is handled before this is closed; nil: it is not
	handling    bool             // a frame of the client is being handled
	interrupted bool             // the lock was not held for that
	deferred    bool             // somebody is going to call Flush
	resumes     bool             // something is to be resumed that was held; like read

	visit timedLock      // held while frames of the client are handled, or its sockets are judged or released: before the lock
	batch atomic.Int64   // bytes of the WebSocket message that is being handled, or lentBatch
	now   time.Duration  // when what is being handled came, or is handled
	held  outbox.Sources // told to wait until the client has room

	// Written by the line's reading goroutine alone, under the lock. It reads them without; one line has ended before the
	// next begins.
	read  int // frames that were handled
	opens limit.Opens

	gathered gathering // frames of the client that will be handled
	usage    Usage
	sockets  *few.Map[uint32, *Handle] // nil: the session was released
	costs    cost.Session
	outbox   outbox.Outbox

	id         uint64           // of no use to anybody but to tell sessions apart; it does not change
	began      time.Duration    // nor does this
	ctx        lifetime.Context // ends with the session
	request    *http.Request    // of the present WebSocket
	door       access.Door      // of all of them
	shedding   bool             // nothing is to linger
	stays      bool             // it could not go to another bridge
	lastSocket uint32
	user       any    // who it is, after a renewal too
	logins     uint64 // how often credentials were shown since the session began
	renewals   renewals
	tokens     token.Ring // with which the client may come back
	absence    absence
	ended      []*Handle // closed by the bridge, and not released yet

	resuming timedLock // held by whoever puts the session on another line

	errands aside.Errands  // under way
	heard   chan struct{}  // closed when no frame waits any more; nil: nobody waits for that
	asking  chan struct{}  // made when it is needed; holds one for each socket that a frame is handled of beside the reading goroutine
	beside  sync.WaitGroup // what goes on beside the reading goroutine; see goBeside

	forgetLate func() // see awaitLate; nil: nothing is awaited

	lingering map[Lingerer]struct{} // what closed sockets still pass on
}

// Usage is what the sockets of a session have together, where that is bounded. The session's lock guards it.
type Usage struct {
	Pending       int // requests of the client without an answer
	Incoming      int // requests of backends without an answer
	Subscriptions int
	PrefixBytes   int // of all subscriptions
	Claims        int // endpoints that wait for what another client has
	Gateways      int // that its sockets have, one for each endpoint, shared with others or not
}

func newSession(r *Registry, engine *core.Session, l *line, user any) *session {
	id := rand.Uint64()
	s := &session{
		registry: r, began: r.now(), id: id, request: l.request, door: l.door, user: user, engine: engine,
		sockets: new(few.Map[uint32, *Handle]),
	}
	s.costs.Open(r.memory, &s.mu, s.shed)
	return s
}

// log is made when there is something to be said, which is seldom.
func (s *session) log() *slog.Logger {
	return s.registry.cfg.Log.With(s.about()...)
}

// lineOf is what every line in the log about a session has.
func (r *Registry) lineOf(id uint64, user any, request *http.Request) []any {
	line := []any{"remote", request.RemoteAddr, "session", idText(id)}
	if user == nil {
		return line
	}
	if key := r.host.UserKey(user); key != "" {
		line = append(line, "user", key)
	}
	return line
}

// append is how a frame of the bridge gets into the stream. A client that lets too much pile up is disconnected. The lock
// is held.
func (s *session) append(f *core.Frame) error {
	err := s.queue(f)
	s.wakeWriter()
	return err
}

var errEnded = core.NewError(core.Closed, "the connection ended")

// queue is append for who sees to it that the frame is written.
func (s *session) queue(f *core.Frame) error {
	if s.over != nil || s.sockets == nil {
		return errEnded
	}
	err := s.engine.Append(f)
	s.settle()
	if s.overfull() || s.costs.Refused(f, s.engine) {
		s.endOverfull()
	}
	return err
}

// end ends the session, with its line. The first reason counts.
func (s *session) end(cause *core.CloseError) {
	s.mu.Lock()
	idle := s.endLocked(cause) && s.line == nil
	s.mu.Unlock()
	if idle {
		s.release() // no line is there to do it
	}
}

func (s *session) endLocked(cause *core.CloseError) (first bool) {
	if s.over != nil {
		return false
	}
	s.over = cause
	s.tellHeard()
	if s.line != nil {
		s.line.endLocked(cause)
	}
	s.discard()
	return true
}

// discard forgets what waits for the client, which is not sent any more. The line may take a while to end. The lock is held.
func (s *session) discard() {
	s.engine.Discard()
	s.outbox.ReturnAll()
	if s.line != nil {
		s.line.cost.Forgotten()
	}
	for h := range s.sockets.Values() {
		h.queue.Close()
	}
	s.settle()
}

// endOverfull ends a session for which too much has piled up. The lock is held, also by callers that hold others: what
// has to be given back is given back elsewhere.
func (s *session) endOverfull() {
	s.registry.counters.Hit(limit.Queued)
	if s.line != nil {
		s.endLocked(errNotReading)
		return
	}
	s.registry.counters.SessionsDropped.Add(1)
	s.absence.expired = true
}

// release gives everything back, when no frame is handled any more.
func (s *session) release() {
	s.ctx.End() // nobody is asked any more
	s.visit.Lock()
	defer s.visit.Unlock()
	s.beside.Wait()
	s.registry.retention.Forget(s, &s.tokens)
	if s.forgetLate != nil {
		s.forgetLate()
	}
	s.mu.Lock()
	sockets, ended := s.sockets, s.ended
	s.sockets, s.held, s.ended = nil, outbox.Sources{}, nil
	for h := range sockets.Values() {
		h.open = false
	}
	s.mu.Unlock()
	for h := range sockets.Values() {
		h.release(Farewell{})
	}
	for _, h := range ended {
		h.release(Farewell{})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.costs.Close()
}
