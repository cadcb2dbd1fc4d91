package session

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
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

// Line is one WebSocket of a session, with two goroutines: run reads and handles frames; writeLoop owns all writing and
// the end.
type Line struct {
	registry *Registry
	conn     Conn
	request  *http.Request
	keeps    bool     // it can resume a session, or leave one to be resumed
	session  *Session // since Hello
	ctx      context.Context
	cancel   context.CancelFunc

	wake   chan struct{} // something to write; capacity 1
	ending chan struct{} // closed when cause is set
	done   chan struct{} // closed when the session is free for another line

	// Guarded by the session's lock.
	cause    *core.CloseError
	replaced bool // the session is to go on over another line

	cost lineCost
}

// farewell is a Conn that can end at once and say why, where Close waits for an answer.
type farewell interface {
	Farewell(core.CloseCode, string) error
}

func newLine(r *Registry, c Conn, request *http.Request, keeps bool) *Line {
	ctx, cancel := context.WithCancel(r.ctx)
	l := &Line{registry: r, conn: c, request: slim(request), keeps: keeps, ctx: ctx, cancel: cancel,
		wake: make(chan struct{}, 1), ending: make(chan struct{}), done: make(chan struct{})}
	l.cost.open(l)
	return l
}

// run serves the WebSocket until it has ended. It joins writeLoop.
func (l *Line) run() {
	defer l.cancel()
	defer close(l.done)
	if err := l.greet(); err != nil {
		l.turnAway(err)
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		l.writeLoop()
	}()
	l.readLoop()
	<-written
	l.leave()
}

func (l *Line) readLoop() {
	s := l.session
	l.conn.Bound(s.engine.Limit(), 2*l.registry.cfg.Heartbeat, l.cost.hold)
	for {
		batch, err := l.conn.Read(l.ctx)
		if err != nil {
			l.lost(err)
			return
		}
		if err := s.feed(batch); err != nil {
			s.end(asClose(err))
			return
		}
		l.cost.handled()
		s.resumeHeld()
		if l.isEnding() {
			return
		}
	}
}

// lost is told that nothing can be read or written any more. Where it was the client's wish, the session ends with it; a
// client that answers a close of the bridge with the same code wishes nothing.
func (l *Line) lost(err error) {
	cause := asClose(err)
	if final(cause.Close) && !l.isEnding() {
		l.session.end(cause)
		return
	}
	l.end(cause)
}

func (l *Line) isEnding() bool {
	select {
	case <-l.ending:
		return true
	default:
		return false
	}
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
func (l *Line) end(cause *core.CloseError) {
	l.session.mu.Lock()
	defer l.session.mu.Unlock()
	l.endLocked(cause)
}

func (l *Line) endLocked(cause *core.CloseError) {
	if l.cause == nil {
		l.cause = cause
		close(l.ending)
	}
}

// writeLoop is the one writer. It sleeps until there is something to say or the engine's next deadline.
func (l *Line) writeLoop() {
	defer l.finish()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-l.ending:
			return
		case <-l.wake:
		case <-timer.C:
		}
		batch := l.cost.borrow()
		for {
			var err error
			if batch, err = l.session.nextBatch(batch[:0], timer); err == nil && len(batch) > 0 {
				l.cost.writes(batch)
				err = l.write(batch)
			}
			if err != nil {
				l.lost(err)
				return
			}
			if len(batch) == 0 {
				break
			}
			l.session.resumeHeld()
		}
		l.cost.giveBack(batch)
	}
}

// nextBatch takes what has queued up since the last write, and sets the timer for when nothing has.
func (s *Session) nextBatch(dst []byte, timer *time.Timer) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.registry.now()
	if err := s.engine.Tick(now); err != nil {
		return dst, err
	}
	s.outbox.Fill(now, s.engine)
	s.registry.counters.add(s.outbox.TakeCounts())
	dst = s.engine.Take(dst, now)
	s.settle()
	timer.Reset(s.nextDue() - now)
	return dst, nil
}

// nextDue is when the outbox or the engine has something to do. The lock is held.
func (s *Session) nextDue() time.Duration {
	due := s.engine.Next()
	if at, ok := s.outbox.Due(); ok {
		due = min(due, at)
	}
	return due
}

func (l *Line) write(batch []byte) error {
	ctx, cancel := context.WithTimeout(l.ctx, l.registry.cfg.WriteTimeout)
	defer cancel()
	err := l.conn.Write(ctx, batch)
	if err != nil && ctx.Err() != nil && l.ctx.Err() == nil {
		return core.NewCloseError(core.CloseOverloaded, "the client does not read")
	}
	return err
}

// finish says goodbye, which makes readLoop return.
func (l *Line) finish() {
	l.session.mu.Lock()
	cause, replaced := l.cause, l.replaced
	l.session.mu.Unlock()
	l.report(cause)
	quick, ok := l.conn.(farewell)
	switch {
	case l.ctx.Err() != nil:
	case replaced && ok:
		quick.Farewell(cause.Close, cause.Reason)
	default:
		l.conn.Close(cause.Close, cause.Reason)
	}
	l.conn.Drop()
	l.cancel()
}

// leave gives up the line's place on its session, which waits to be resumed, or ends.
func (l *Line) leave() {
	s := l.session
	s.mu.Lock()
	s.line = nil
	s.outbox.Detach(0)
	s.engine.Cut()
	s.settle()
	keep := s.over == nil && s.engine.Resumable() && !s.overfull() && !s.takesInVain()
	if keep {
		s.keys.cutAt = l.registry.now()
		keep = l.registry.retention.keep(s)
	}
	if !keep {
		s.endLocked(l.cause)
	}
	var waiting []*Handle
	if keep {
		waiting = slices.Collect(maps.Values(s.sockets))
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
func (l *Line) turnAway(err error) {
	cause := asClose(err)
	l.report(cause)
	l.conn.Close(cause.Close, cause.Reason)
}

// report logs once why a connection ended, loudly only when somebody should look.
func (l *Line) report(cause *core.CloseError) {
	log := l.registry.cfg.Log.With("remote", l.request.RemoteAddr, "code", int(cause.Close), "reason", cause.Reason)
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
