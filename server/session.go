package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// session is what a client has at the bridge: a core.Session and the sockets on it. It outlives the line, its WebSocket,
// which reads, writes and ends on goroutines of its own. Gateways append from theirs, under mu.
type session struct {
	bridge *Bridge
	log    *slog.Logger
	ctx    context.Context // ends with the session
	cancel context.CancelFunc

	// The line's read goroutine alone touches these; one line has ended before the next begins.
	request *http.Request // of the present WebSocket
	user    any

	resuming chan struct{} // capacity 1: held by who puts the session on another line

	mu            sync.Mutex
	engine        *core.Session
	line          *line            // nil: cut, waiting to be resumed
	over          *core.CloseError // why the session ended
	keys          keys
	sockets       map[uint32]*socket
	lastSocket    uint32
	active        []*socket // with messages to send and credit to send them
	paced         laneHeap  // lanes whose messages wait for their time
	replaying     []*feed   // that read from a history what their clients missed
	held          []*intake // told to wait until their sockets have room
	queuedBytes   int       // in all outboxes
	pending       int       // requests of the client without an answer
	incoming      int       // requests of backends without an answer
	subscriptions int
	handling      bool      // a frame of the client
	ended         []*socket // closed by the bridge, and not released yet
}

func newSession(b *Bridge, engine *core.Session, r *http.Request, user any) *session {
	ctx, cancel := context.WithCancel(b.ctx)
	return &session{
		bridge: b, ctx: ctx, cancel: cancel, request: r, user: user, engine: engine,
		log: b.cfg.Log.With("remote", r.RemoteAddr), resuming: make(chan struct{}, 1), sockets: map[uint32]*socket{},
	}
}

// feed handles one WebSocket message. The engine is locked, but not while a frame is handled: hooks and gateways are
// called there, and gateways call back.
func (s *session) feed(batch []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wakeWriter()
	err := s.engine.Feed(batch, s.bridge.now(), func(f *core.Frame) error {
		s.handling = true
		s.mu.Unlock()
		defer s.handled()
		return s.handle(f)
	})
	if err == nil && s.overfull() {
		err = errNotReading // of Pongs, which the engine appends by itself
	}
	s.confirmKey()
	return err
}

// overfull: what a client asks for and does not read is bounded too, and more tightly while nobody is there to read.
func (s *session) overfull() bool {
	if s.line == nil {
		return s.kept() > s.bridge.cfg.RetainBytes
	}
	return s.engine.Queued() > 2*s.bridge.cfg.MaxQueued
}

var errNotReading = core.NewCloseError(core.CloseOverloaded, "the client does not read its answers")

// maxQueued is how many bytes of messages, and of answers, may wait for the client.
func (s *session) maxQueued() int {
	if s.line == nil {
		return min(s.bridge.cfg.MaxQueued, s.bridge.cfg.RetainBytes/2)
	}
	return s.bridge.cfg.MaxQueued
}

// kept is how many bytes the session holds for its client. The lock is held.
func (s *session) kept() int { return s.engine.Queued() + s.engine.Unacknowledged() + s.queuedBytes }

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
	if s.line != nil {
		s.line.endLocked(cause)
	}
	return true
}

// release gives everything back, when no frame is handled any more.
func (s *session) release() {
	s.bridge.retention.forget(s)
	s.mu.Lock()
	sockets := s.sockets
	s.sockets, s.active, s.held = nil, nil, nil
	s.mu.Unlock()
	for _, k := range sockets {
		k.release()
	}
	s.reap()
	s.cancel()
}

// wakeWriter makes the line look for what there is to write. The lock is held.
func (s *session) wakeWriter() {
	if s.line == nil {
		return
	}
	select {
	case s.line.wake <- struct{}{}:
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
	if s.over != nil || s.sockets == nil {
		return core.NewError(core.Closed, "the connection ended")
	}
	err := s.engine.Append(f)
	s.wakeWriter()
	if s.overfull() {
		s.endOverfull()
	}
	return err
}

// endOverfull ends a session for which too much has piled up. The lock is held, also by callers that hold others: what
// has to be given back is given back elsewhere.
func (s *session) endOverfull() {
	if s.line != nil {
		s.endLocked(errNotReading)
		return
	}
	s.bridge.counters.sessionsDropped.Add(1)
	s.bridge.retention.expireSoon(s)
}

// failed answers a request with an error.
func (s *session) failed(socket uint32, request uint64, e *core.Error) {
	s.send(core.Frame{Kind: core.KindFailed, Socket: socket, ID: request, Code: e.Code, Text: core.ClipText(e.Text)})
}
