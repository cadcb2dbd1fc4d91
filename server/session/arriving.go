package session

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
)

// arrivalTime is how long it may take to get a session from another bridge.
const arrivalTime = 5 * time.Second

// takeOver goes on with a session that another bridge has left for who has its token. taken says that the line has it; its sockets are made by unpack. A code says why
// it could not be done; an error closes the line.
func (l *line) takeOver(hello *core.Frame, who login) (taken bool, refused core.Code, err error) {
	r := l.registry
	ctx, cancel := l.ctx.Within(arrivalTime)
	defer cancel()
	m, take, err := r.find(ctx, hello.Name)
	if err != nil {
		if core.CodeOf(err) != core.Lost {
			r.cfg.Log.Warn("a session of another bridge could not be read", "remote", l.request.RemoteAddr, "err", err)
		}
		return false, core.Lost, nil
	}
	if !r.ownedBy(m, who.user, l.request.Header.Get("Origin")) {
		return false, core.Denied, nil
	}
	engine, err := core.RestoreSession(r.engine(m.Engine.MaxMessage),
		m.Engine.State(hello.Name), r.now())
	if err != nil {
		return false, core.Lost, nil
	}
	if complete, err := engine.CanResume(hello.Seq); err != nil || !complete {
		return false, core.Lost, err
	}
	if err := l.belong(who.user, true); err != nil {
		return false, 0, err
	}
	if err := take(ctx); err != nil {
		return false, core.Lost, nil // another bridge has just had it
	}
	return true, 0, l.install(m, engine, hello, who)
}

// find finds a session that was left for who has a token.
func (r *Registry) find(ctx context.Context, presented []byte) (m *moved.Session, take func(context.Context) error, err error) {
	_, draining := r.draining()
	return r.moves.Find(ctx, presented, !draining && !r.limits().NoResume)
}

// ownedBy tells whether it is the same user, on a page of the same origin.
func (r *Registry) ownedBy(m *moved.Session, user any, origin string) bool {
	if m.Origin != origin || m.HasUser != (user != nil) {
		return false
	}
	if user == nil {
		return true
	}
	key := r.host.UserKey(user)
	return key != "" && key == m.User
}

// install makes the session, and puts it on the line.
func (l *line) install(m *moved.Session, engine *core.Session, hello *core.Frame, who login) error {
	r := l.registry
	s := newSession(r, engine, l, who.user)
	s.lastSocket = m.LastSocket
	_, s.stays = r.draining() // it could not leave before
	if err := engine.Resume(hello, s.admit(), r.now()); err != nil {
		s.end(asClose(err))
		return err
	}
	r.counters.Resumed.Add(1)
	r.counters.MovedIn.Add(1)
	l.arriving = m
	s.mu.Lock()
	defer s.mu.Unlock()
	s.costs.Join(l.holds, s.shedForUser)
	l.begin(s, who.expires)
	return nil
}

// unpack makes the sockets of a session that has come from another bridge. It is for the reading goroutine, before it reads. An error ends the session.
func (l *line) unpack() error {
	m, s := l.arriving, l.session
	if m == nil {
		return nil
	}
	l.arriving = nil
	s.visit.Lock()
	defer s.visit.Unlock()
	s.mu.Lock()
	s.handling = true
	s.mu.Unlock()
	err := s.unpackAll(m.Sockets)
	s.handled() // which takes the lock
	s.writeNow()
	s.mu.Unlock()
	return err
}

func (s *session) unpackAll(sockets []moved.Socket) error {
	for i := range sockets {
		m := &sockets[i]
		h := s.makePlace(m)
		if h == nil {
			continue
		}
		mover, ok := h.socket.(moving.Mover)
		if !ok {
			return moving.ErrStays
		}
		err := mover.Arrive(m)
		s.takeBack(h)
		if err != nil {
			return err
		}
	}
	s.resumeHeld()
	return nil
}

// makePlace makes the handle of a socket; nil: there is no room for it, and the client is told.
func (s *session) makePlace(m *moved.Socket) *Handle {
	s.mu.Lock()
	if s.sockets == nil || s.over != nil {
		s.mu.Unlock()
		return nil
	}
	if s.sockets.Len() >= s.registry.limits().MaxSockets {
		defer s.mu.Unlock()
		s.append(&core.Frame{Kind: core.KindClosed, Socket: m.Number, Code: core.Busy, Text: []byte("too many sockets on this connection")})
		return nil
	}
	h := &Handle{session: s, id: m.Number, typ: m.Type, queue: s.outbox.NewQueue(m.Number, 0, 0), cost: s.costs.Charge(account.Sockets)}
	h.cost.Set(socketPlace + len(m.Identity))
	s.mu.Unlock()
	h.socket = s.registry.host.NewSocket(h, &core.Frame{Kind: core.KindOpen, Socket: m.Number, Type: m.Type, Name: m.Identity})
	s.mu.Lock()
	defer s.mu.Unlock()
	h.gatherer = gathererOf(h.socket)
	s.sockets.Set(m.Number, h)
	h.open = true
	return h
}
