package session

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/cost"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/lifetime"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
)

// Conn is a WebSocket, or a translator in front of one. A spent context ends the connection.
type Conn interface {
	Read(context.Context) ([]byte, error)
	Write(context.Context, []byte) error
	Close(core.CloseCode, string) error
	Drop() error

	// Bound says what the next messages may cost: their size, and the time from the first byte of one to its last. held
	// is told how much memory an unfinished one will take; an error ends the connection. It is called by whoever reads,
	// while nobody does.
	Bound(limit int, within time.Duration, held func(bytes int) error)
}

// Reader is a Conn that can return all messages that are there. The slice is valid until the next call. The messages may be
// kept; small ones may share memory, of at most smallBatch bytes.
type Reader interface {
	ReadTogether(context.Context) ([][]byte, error)
}

// line is one WebSocket of a session. A goroutine, run, reads and handles frames, and is replaced now and then; how the line is
// written to, writing says.
//
// With many clients nothing of it is in a cache when a client has sent something. What is needed then is in front.
type line struct {
	registry *Registry
	session  *session // since Hello
	conn     Conn
	ctx      lifetime.Context

	ending atomic.Bool // cause is set
	owes   atomic.Bool // something of what is being handled is on the account of the line

	// Of the reading goroutine.
	throttle *limit.Throttle // nil: there is no limit
	visits   uint8           // how often frames were handled, as far as firstVisits and one more
	paid     bool            // what it sends is counted by somebody else
	known    bool            // somebody has said Hello
	keeps    bool            // it can resume a session, or leave one to be resumed
	door     access.Door
	replaced bool          // the session is to go on over another line; its lock guards this
	came     time.Duration // when those came that are being handled
	heard    time.Duration // when others did before
	loan     loan
	arriving *moved.Session // whose sockets have to be made yet; nil: there is none

	// Guarded by the session's lock.
	out     writing
	cause   *core.CloseError
	expiry  *expiry
	resting chan struct{} // closed when the line ends, for a reading goroutine that waits; nil: none does

	cost cost.Line

	request *http.Request
	user    any    // who has said Hello, once that is known
	origin  string // what it is counted by
	userKey string // likewise; set when it is known
	holds   string // whose memory it is, likewise, see holder

	ended sync.WaitGroup   // done when the end has been told, and nothing is written any more
	done  lifetime.Context // ends when the session is free for another line
}

// waiter is a Conn that can wait for the next message with hardly any stack.
type waiter interface {
	Await()
}

// abrupt is a Conn that can end at once and say why, where Close waits for an answer.
type abrupt interface {
	EndAtOnce(core.CloseCode, string) error
}

// paid is a Conn whose client is not made to wait for what it sends, if Paid says so: somebody else has counted it.
type paid interface{ Paid() bool }

func newLine(r *Registry, c Conn, request *http.Request, door access.Door, keeps bool) *line {
	l := &line{registry: r, conn: c, request: request, door: door, keeps: keeps, origin: limit.Origin(request.RemoteAddr)}
	if p, ok := c.(paid); ok {
		l.paid = p.Paid()
	}
	l.adjustThrottle() // from now on
	l.ended.Add(1)
	l.cost.Open(r.memory, request, l.shed)
	return l
}

// safely makes a panic, which may be that of a hook, an error, so that it ends this WebSocket alone. about
// says whose that is.
func (r *Registry) safely(about func() []any, f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			r.cfg.Log.With(about()...).Error("panic while a WebSocket was served", "panic", cause, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return f()
}

var errPanic = core.NewCloseError(core.CloseInternal, "the bridge failed to handle a message")

// lost is told that nothing can be read or written any more. Where it was the client's wish, the session ends with it, also
// if a write has failed before, for want of a WebSocket that the client had just closed. A client that has gone on to another
// line, and answers the close of this one with the same code, wishes nothing.
func (l *line) lost(err error) {
	cause := asClose(err)
	if final(cause.Close) && !l.isReplaced() {
		l.session.end(cause)
		return
	}
	l.end(cause)
}

func (l *line) isReplaced() bool {
	l.session.mu.Lock()
	defer l.session.mu.Unlock()
	return l.replaced
}

// final tells whether a client that closes with this code does not come back to its session.
func final(code core.CloseCode) bool {
	return code == core.CloseNormal || code == core.CloseGoingAway || code >= core.CloseMalformed && code <= 4999
}

// asClose is an error as the end of a connection.
func asClose(err error) *core.CloseError {
	var cause *core.CloseError
	if errors.As(err, &cause) {
		return cause
	}
	code := core.CloseInternal
	if core.CodeOf(err) == core.Lost {
		code = core.CloseTimeout // there is nobody left to tell
	}
	return core.NewCloseError(code, err.Error())
}

// end ends the line; the session goes on without it. The first reason counts.
func (l *line) end(cause *core.CloseError) {
	l.session.mu.Lock()
	defer l.session.mu.Unlock()
	l.endLocked(cause)
}

// endLocked has the writer tell the end, as the last thing it does.
func (l *line) endLocked(cause *core.CloseError) {
	if l.cause != nil {
		return
	}
	l.cause = cause
	l.ending.Store(true)
	l.session.wakeAside()
	l.rouse()
	l.out.alarm.Stop()
	l.expiry.stop()
	if !l.out.busy {
		l.out.busy = true
		go l.write(false)
	}
}

// finish says goodbye, which makes readLoop return.
func (l *line) finish() {
	defer l.ended.Done()
	l.session.mu.Lock()
	cause, replaced := l.cause, l.replaced
	l.session.mu.Unlock()
	l.report(cause)
	quick, ok := l.conn.(abrupt)
	switch {
	case l.ctx.Err() != nil:
	case replaced && ok:
		quick.EndAtOnce(cause.Close, cause.Reason)
	default:
		l.conn.Close(cause.Close, cause.Reason)
	}
	l.conn.Drop()
	l.ctx.End()
}

// leave gives up the line's place on its session, which waits to be resumed, or ends.
func (l *line) leave() {
	s := l.session
	s.mu.Lock()
	s.line = nil
	s.outbox.Detach(0)
	s.engine.Cut()
	s.settle()
	keep := s.over == nil && s.engine.Resumable() && !s.overfull() && !s.takesInVain()
	if keep {
		s.absence.since = l.registry.now()
		keep = l.registry.retention.Keep(s)
	}
	if !keep {
		s.endLocked(l.cause)
	}
	var waiting []*Handle
	if keep {
		waiting = slices.Collect(s.sockets.Values())
	}
	s.mu.Unlock()
	if !keep {
		s.release()
	}
	for _, h := range waiting {
		h.socket.Away()
	}
}

// turnAway ends a WebSocket that never had a session.
func (l *line) turnAway(err error) {
	cause := asClose(err)
	l.report(cause)
	if errors.As(err, new(*core.CloseError)) && l.known { // any other error is that of a client that has gone
		l.registry.host.Decided(access.Decision{What: access.Connect}, l.request, l.user, cause)
	}
	l.conn.Close(cause.Close, cause.Reason)
}

// about is what every line in the log about the WebSocket has. No lock is held.
func (l *line) about() []any {
	if s := l.session; s != nil {
		return l.registry.lineOf(s.id, s.owner(), l.request)
	}
	return []any{"remote", l.request.RemoteAddr}
}

// report logs once why a connection ended, loudly only when somebody should look.
func (l *line) report(cause *core.CloseError) {
	log := l.registry.cfg.Log.With(append(l.about(), "code", int(cause.Close), "reason", cause.Reason)...)
	switch {
	case cause.Close >= core.CloseMalformed && cause.Close < core.CloseUnauthorized:
		l.registry.counters.ProtocolErrors.Add(1)
		log.Warn("connection closed for what the client sent")
	case cause.Close == core.CloseInternal:
		log.Error("connection closed")
	default:
		log.Debug("connection ended")
	}
}
