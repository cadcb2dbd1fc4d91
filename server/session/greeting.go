package session

import (
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// greet waits for Hello and answers it: with a new session, or with one that the client had before.
func (l *line) greet() error {
	batch, err := l.readHello()
	if err != nil {
		return err
	}
	defer l.cost.Handled()
	r := l.registry
	limits := r.limits() // which it is told, and keeps
	engine := core.NewSession(r.engine(limits.MaxMessage), r.now())
	var hello core.Frame
	if err := engine.Feed(batch, r.now(), func(f *core.Frame) error { hello = *f; return nil }); err != nil {
		return err
	}
	judgements := r.judgements.Load()
	l.known = true
	who, err := l.authenticate(hello.Params)
	l.user = who.user
	if err != nil {
		return forOldClients(err, engine)
	}
	defer l.catchUp(judgements)
	refused := core.OK
	if len(hello.Name) > 0 && l.keeps {
		resumed, code, err := l.resume(&hello, who)
		if resumed {
			l.decided(access.Resume, nil)
			return l.belong(who.user, true)
		}
		if err == nil && code == core.Lost {
			if resumed, code, err = l.takeOver(&hello, who); resumed && err == nil {
				l.decided(access.Move, nil)
				return nil
			}
		}
		if err != nil {
			return err
		}
		r.counters.ResumesRefused.Add(1)
		refused = code
	}
	if delay, draining := r.draining(); draining {
		return l.sendAway(engine, delay)
	}
	if err := l.belong(who.user, false); err != nil {
		return err
	}
	s := newSession(r, engine, l, who.user)
	if refused == core.Lost {
		s.awaitLate(hello.Name)
	}
	if l.keeps && !limits.NoResume {
		engine.Keep(s.admit(), limits.Retain, refused)
	}
	engine.Welcome()
	s.mu.Lock()
	s.costs.Join(l.holds, s.shedForUser)
	l.begin(s, who.expires)
	s.mu.Unlock()
	l.decided(access.Connect, nil)
	return nil
}

// catchUp has a session judged whose client was let in while rules changed: by the ones of before, perhaps, and too late for
// those who judged it.
func (l *line) catchUp(judgements uint64) {
	if l.session == nil || l.registry.judgements.Load() == judgements {
		return
	}
	ctx, cancel := l.ctx.Within(l.registry.cfg.HookTimeout)
	defer cancel()
	l.session.judge(ctx)
}

// decided tells what was decided about the line's client, which has a session. No lock is held.
func (l *line) decided(what string, why *core.CloseError) {
	l.registry.host.Decided(access.Decision{What: what, Session: l.session.idText()}, l.request, l.session.owner(), why)
}

// begin makes the line the session's, whose lock is held. The credentials are valid until they expire, if they do.
func (l *line) begin(s *session, expires time.Time) {
	s.line, l.session = l, s
	l.out.open(l)
	l.expire(expires)
	s.outbox.Attach(0)
	s.costs.Remember(l.request)
	l.cost.Begun()
	s.settle()
	if delay, draining := l.registry.attached(l, s); draining {
		s.leaveSoon(delay)
	}
	s.wakeWriter()
}

func (l *line) readHello() ([]byte, error) {
	l.conn.Bound(maxHello, l.registry.cfg.HelloTimeout, l.hold)
	told := make(chan struct{})
	late := time.AfterFunc(l.registry.cfg.HelloTimeout, func() {
		defer close(told)
		l.conn.Close(errNoHello.Close, errNoHello.Reason)
	})
	batch, err := l.conn.Read(&l.ctx)
	if !late.Stop() {
		<-told
		return nil, errNoHello
	}
	return batch, err
}

// maxHello is how many bytes a Hello may have: somewhat more than its fields can fill.
const maxHello = 72 << 10

var errNoHello = core.NewCloseError(core.CloseTimeout, "no Hello in time")

// authenticate asks who this is.
func (l *line) authenticate(credentials []byte) (login, error) {
	ctx, cancel := l.ctx.Within(l.registry.cfg.HookTimeout)
	defer cancel()
	id := ""
	if l.session != nil {
		id = l.session.idText()
	}
	user, refusal := l.registry.host.Authenticate(ctx, l.request, id, credentials)
	if refusal != nil {
		return login{}, refusal
	}
	who := loginOf(user)
	if who.expired(time.Now()) {
		return login{}, errExpired
	}
	return who, nil
}

// forOldClients closes with CloseUnauthorized instead of CloseExpired where a client does not know that it should fetch
// other credentials: it would come back with the same, for ever.
func forOldClients(err error, engine *core.Session) error {
	var cause *core.CloseError
	if errors.As(err, &cause) {
		return understood(cause, engine)
	}
	return err
}

// understood is forOldClients for what is known to be the end of a connection.
func understood(cause *core.CloseError, engine *core.Session) *core.CloseError {
	if cause.Close == core.CloseExpired && !engine.Can(core.CanRenew) {
		return core.NewCloseError(core.CloseUnauthorized, cause.Reason)
	}
	return cause
}

var errCrowded = core.NewCloseError(core.CloseOverloaded, "too many connections of this user")

// belong counts the line as one of a user's, and what is held for it with what is held for that user. A client that goes on with its
// session may have left its last WebSocket without the bridge knowing, so it is not refused.
func (l *line) belong(user any, resumes bool) error {
	r := l.registry
	key := ""
	if limits := r.limits(); user != nil && (limits.MaxPerUser > 0 || limits.MemoryPerUser > 0) {
		key = r.host.UserKey(user)
	}
	if !l.placedFor(key, resumes) {
		r.counters.Hit(limit.PerUser)
		return errCrowded
	}
	l.holds = l.holder(key)
	l.cost.Join(l.holds, l.shedForUser)
	return nil
}
