package server

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// greet waits for Hello and answers it: with a new session, or with one that the client had before.
func (l *line) greet() error {
	batch, err := l.readHello()
	if err != nil {
		return err
	}
	b := l.bridge
	engine := core.NewSession(core.SessionConfig{Bridge: true, MaxMessage: b.cfg.MaxMessage, Heartbeat: b.cfg.Heartbeat, Agent: Agent}, b.now())
	var hello core.Frame
	if err := engine.Feed(batch, b.now(), func(f *core.Frame) error { hello = *f; return nil }); err != nil {
		return err
	}
	user, err := l.authenticate(hello.Params)
	if err != nil {
		return err
	}
	refused := core.OK
	if len(hello.Name) > 0 && l.keeps {
		resumed, code, err := l.resume(&hello, user)
		if resumed || err != nil {
			return err
		}
		refused = code
	}
	if delay, draining := b.draining(); draining {
		return l.sendAway(engine, delay)
	}
	s := newSession(b, engine, l.request, user)
	if l.keeps && !b.cfg.NoResume {
		engine.Keep(b.retention.admit(s), b.cfg.Retain, refused)
	}
	engine.Welcome()
	s.mu.Lock()
	defer s.mu.Unlock()
	l.begin(s)
	return nil
}

// begin makes the line the session's, whose lock is held.
func (l *line) begin(s *session) {
	s.line, l.session = l, s
	if delay, draining := l.bridge.attached(l, s); draining {
		s.engine.GoAway(delay, drainText)
	}
	s.wakeWriter()
}

func (l *line) readHello() ([]byte, error) {
	told := make(chan struct{})
	late := time.AfterFunc(l.bridge.cfg.HelloTimeout, func() {
		defer close(told)
		l.conn.Close(errNoHello.Close, errNoHello.Reason)
	})
	batch, err := l.conn.Read(l.ctx)
	if !late.Stop() {
		<-told
		return nil, errNoHello
	}
	return batch, err
}

var errNoHello = core.NewCloseError(core.CloseTimeout, "no Hello in time")

// authenticate asks who this is.
func (l *line) authenticate(credentials []byte) (user any, err error) {
	auth := l.bridge.cfg.Authenticate
	if auth == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.bridge.cfg.HookTimeout)
	defer cancel()
	err = guardHook(func() (err error) {
		user, err = auth(ctx, l.request, credentials)
		return err
	})
	if err == nil {
		return user, nil
	}
	l.bridge.counters.refused.Add(1)
	e := public(l.bridge.cfg.Log, err, "the credentials were not accepted")
	if e.Code == core.Denied {
		return nil, core.NewCloseError(core.CloseDenied, e.Text)
	}
	return nil, core.NewCloseError(core.CloseUnauthorized, e.Text)
}

// resume puts the session that the client presents a token for on this line. A code says why it could not be done; an
// error closes the line.
func (l *line) resume(hello *core.Frame, user any) (resumed bool, refused core.Code, err error) {
	b := l.bridge
	s := b.retention.find(hello.Name)
	if s == nil {
		b.counters.resumesRefused.Add(1)
		return false, core.Lost, nil
	}
	if !s.belongsTo(user, l.request) {
		b.counters.resumesRefused.Add(1)
		return false, core.Denied, nil
	}
	select {
	case s.resuming <- struct{}{}:
		defer func() { <-s.resuming }()
	case <-l.ctx.Done():
		return false, 0, core.NewError(core.Lost, "the WebSocket ended before its session was free")
	case <-time.After(b.cfg.HookTimeout):
		return false, 0, errResuming
	}
	if !s.dropLine(b.cfg.HookTimeout) {
		return false, 0, errResuming
	}
	return l.attach(s, hello, user)
}

var errResuming = core.NewCloseError(core.CloseOverloaded, "the session is being resumed by another connection")

// dropLine ends the WebSocket that the session is on: the client has left it, whatever the bridge believes.
func (s *session) dropLine(within time.Duration) bool {
	s.mu.Lock()
	old := s.line
	if old != nil {
		old.endLocked(core.NewCloseError(core.CloseGoingAway, "the session goes on over another connection"))
	}
	s.mu.Unlock()
	if old == nil {
		return true
	}
	old.cancel()
	old.conn.Drop() // nobody is there to say goodbye to
	select {
	case <-old.done:
		return true
	case <-time.After(within):
		return false
	}
}

func (l *line) attach(s *session, hello *core.Frame, user any) (resumed bool, refused core.Code, err error) {
	b := l.bridge
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || !b.retention.holds(s, hello.Name) {
		b.counters.resumesRefused.Add(1)
		return false, core.Lost, nil // it ended, or the token was used, while this line waited
	}
	if !s.keys.mayResume(b.now()) {
		return false, 0, core.NewCloseError(core.CloseOverloaded, "the session is resumed too often")
	}
	complete, err := s.engine.CanResume(hello.Seq)
	if err != nil || !complete {
		b.retention.expireSoon(s) // it is of no use to anybody
		b.counters.resumesRefused.Add(1)
		return false, core.Lost, err
	}
	if err := s.engine.Resume(hello, b.retention.renew(s, hello.Name), b.now()); err != nil {
		return false, 0, err
	}
	s.request, s.user = l.request, user
	s.keys.expired = false // somebody came in time after all
	b.counters.resumed.Add(1)
	l.begin(s)
	return true, 0, nil
}
