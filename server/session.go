package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// conn is a WebSocket, or a translator in front of one. A spent context ends the connection.
type conn interface {
	Read(context.Context) ([]byte, error)
	Write(context.Context, []byte) error
	Close(core.CloseCode, string) error
	Drop() error
}

// session is the bridge's end of one connection: a core.Session, the sockets on it, and two goroutines. run reads and
// handles frames; writeLoop owns all writing and the end. Gateways append from their own goroutines, under mu.
type session struct {
	bridge  *Bridge
	conn    conn
	request *http.Request
	log     *slog.Logger
	user    any             // written by Hello, before any socket exists
	ctx     context.Context // ends with the session
	cancel  context.CancelFunc

	wake   chan struct{} // something to write; capacity 1
	ending chan struct{} // closed when cause is set

	mu            sync.Mutex
	engine        *core.Session
	sockets       map[uint32]*socket
	lastSocket    uint32
	active        []*socket // with messages to send and credit to send them
	held          []*intake // told to wait until their sockets have room
	queuedBytes   int       // in all outboxes
	pending       int       // requests of the client without an answer
	incoming      int       // requests of backends without an answer
	subscriptions int
	cause         *core.CloseError
}

func newSession(b *Bridge, c conn, r *http.Request) *session {
	ctx, cancel := context.WithCancel(b.ctx)
	return &session{
		bridge: b, conn: c, request: r, ctx: ctx, cancel: cancel,
		log:  b.cfg.Log.With("remote", r.RemoteAddr),
		wake: make(chan struct{}, 1), ending: make(chan struct{}),
		sockets: map[uint32]*socket{},
		engine: core.NewSession(core.SessionConfig{Bridge: true, MaxMessage: b.cfg.MaxMessage,
			Heartbeat: b.cfg.Heartbeat, Agent: Agent}, b.now()),
	}
}

// run serves the connection until it has ended. It joins writeLoop.
func (s *session) run() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.writeLoop()
	}()
	hello := time.AfterFunc(s.bridge.cfg.HelloTimeout, s.expectHello)
	s.readLoop()
	hello.Stop()
	s.releaseSockets()
	<-written
}

// releaseSockets gives everything back. The read goroutine does it, when it handles no frame any more.
func (s *session) releaseSockets() {
	s.mu.Lock()
	sockets := s.sockets
	s.sockets, s.active, s.held = nil, nil, nil
	s.mu.Unlock()
	for _, k := range sockets {
		k.release()
	}
}

func (s *session) expectHello() {
	s.mu.Lock()
	late := !s.engine.Open()
	s.mu.Unlock()
	if late {
		s.end(core.NewCloseError(core.CloseTimeout, "no Hello in time"))
	}
}

func (s *session) readLoop() {
	for {
		batch, err := s.conn.Read(s.ctx)
		if err == nil {
			err = s.feed(batch)
		}
		if err != nil {
			s.end(err)
			return
		}
		s.resumeHeld()
		select {
		case <-s.ending:
			return
		default:
		}
	}
}

// feed handles one WebSocket message. The engine is locked, but not while a frame is handled: hooks and gateways are
// called there, and gateways call back.
func (s *session) feed(batch []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wakeWriter()
	err := s.engine.Feed(batch, s.bridge.now(), func(f *core.Frame) error {
		s.mu.Unlock()
		defer s.mu.Lock()
		return s.handle(f)
	})
	if err == nil && s.overfull() {
		err = errNotReading // of Pongs, which the engine appends by itself
	}
	return err
}

// overfull: what a client asks for and does not read is bounded too.
func (s *session) overfull() bool { return s.engine.Queued() > 2*s.bridge.cfg.MaxQueued }

var errNotReading = core.NewCloseError(core.CloseOverloaded, "the client does not read its answers")

// end records why the session ends; the first reason counts. writeLoop does the rest.
func (s *session) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return
	}
	if !errors.As(err, &s.cause) {
		code := core.CloseInternal
		if core.CodeOf(err) == core.Lost {
			code = core.CloseNormal // there is nobody left to tell
		}
		s.cause = core.NewCloseError(code, err.Error())
	}
	close(s.ending)
}

// writeLoop is the one writer. It sleeps until there is something to say or the engine's next deadline.
func (s *session) writeLoop() {
	defer s.finish()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var batch []byte
	for {
		select {
		case <-s.ending:
			return
		case <-s.wake:
		case <-timer.C:
		}
		for {
			var err error
			if batch, err = s.nextBatch(batch[:0], timer); err != nil {
				s.end(err)
				return
			}
			if len(batch) == 0 {
				break
			}
			if err := s.write(batch); err != nil {
				s.end(err)
				return
			}
			s.resumeHeld()
		}
		if cap(batch) > 1<<20 {
			batch = nil // one large message must not hold its memory for the life of the connection
		}
	}
}

// nextBatch takes what has queued up since the last write, and sets the timer for when nothing has.
func (s *session) nextBatch(dst []byte, timer *time.Timer) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.bridge.now()
	if err := s.engine.Tick(now); err != nil {
		return dst, err
	}
	s.fill()
	dst = s.engine.Take(dst, now)
	timer.Reset(s.engine.Next() - now)
	return dst, nil
}

func (s *session) write(batch []byte) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.bridge.cfg.WriteTimeout)
	defer cancel()
	err := s.conn.Write(ctx, batch)
	if err != nil && ctx.Err() != nil && s.ctx.Err() == nil {
		return core.NewCloseError(core.CloseOverloaded, "the client does not read")
	}
	return err
}

// finish says goodbye, which makes readLoop return.
func (s *session) finish() {
	s.mu.Lock()
	cause := s.cause
	s.mu.Unlock()
	s.report(cause)
	s.conn.Close(cause.Close, cause.Reason)
	s.cancel()
}

// report logs once why a connection ended, loudly only when somebody should look.
func (s *session) report(cause *core.CloseError) {
	switch {
	case cause.Close >= core.CloseMalformed && cause.Close < core.CloseUnauthorized:
		s.bridge.counters.protocolErrors.Add(1)
		s.log.Warn("connection closed for what the client sent", "code", int(cause.Close), "reason", cause.Reason)
	case cause.Close == core.CloseInternal:
		s.log.Error("connection closed", "code", int(cause.Close), "reason", cause.Reason)
	default:
		s.log.Debug("connection ended", "code", int(cause.Close), "reason", cause.Reason)
	}
}

func (s *session) wakeWriter() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// send appends a frame of the bridge; it takes the lock. A client that lets too much pile up is disconnected.
func (s *session) send(f core.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sendLocked(&f)
}

func (s *session) sendLocked(f *core.Frame) error {
	if s.cause != nil || s.sockets == nil {
		return core.NewError(core.Closed, "the connection ended")
	}
	err := s.engine.Append(f)
	s.wakeWriter()
	if s.overfull() {
		s.cause = errNotReading
		close(s.ending)
	}
	return err
}

// failed answers a request with an error.
func (s *session) failed(socket uint32, request uint64, e *core.Error) {
	s.send(core.Frame{Kind: core.KindFailed, Socket: socket, ID: request, Code: e.Code, Text: core.ClipText(e.Text)})
}
