package session

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/aside"
)

// renew takes the credentials that a client hands over while its session is open. They have to be the same user's. They are
// checked beside the reading goroutine, one after the other; what the client asks for behind them waits for that, and nothing else.
func (s *session) renew(f *core.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.renewals.may(s.registry.now()) {
		return errRenewing
	}
	l, credentials, before := s.line, slices.Clone(f.Params), s.errands
	judgements := s.registry.judgements.Load()
	e := s.errands.Begin(core.KindCredentials)
	runs := s.goBeside(func() error {
		renewed, err := s.takeCredentials(l, credentials, before)
		s.mu.Lock()
		s.errands.Finish(e)
		s.mu.Unlock()
		if renewed {
			s.judgeRenewed(judgements)
		}
		return err
	})
	if !runs {
		s.errands.Finish(e)
	}
	return nil
}

// judgeRenewed has the sockets judged because the claims may have changed, and all of it if the rules have, too.
func (s *session) judgeRenewed(judgements uint64) {
	ctx, cancel := s.ctx.Within(s.registry.cfg.HookTimeout)
	defer cancel()
	if s.registry.judgements.Load() != judgements {
		s.judge(ctx)
		return
	}
	s.judgeSockets(ctx)
}

// takeCredentials has them checked, when those from before were. Where the line has ended meanwhile they count for nothing: the
// client comes back with credentials anyway.
func (s *session) takeCredentials(l *line, credentials []byte, before []*aside.Errand) (renewed bool, err error) {
	for _, e := range before {
		if e.Renews() {
			<-e.Over()
		}
	}
	who, err := l.authenticate(credentials)
	var refused *core.CloseError
	switch {
	case l.ending.Load():
		return false, nil
	case errors.As(err, &refused) && refused.Close != core.CloseDenied:
		l.decided(access.Renew, refused)
		l.refuse(refused)
		return false, nil
	case err != nil:
		l.decided(access.Renew, asClose(err))
		return false, err
	case !s.registry.host.SameUser(s.owner(), who.user):
		l.decided(access.Renew, errOtherUser)
		return false, errOtherUser
	}
	if !l.renewed(who) {
		return false, nil
	}
	l.decided(access.Renew, nil)
	return true, nil
}

// renewed puts other credentials in the place of those before, unless the line has ended.
func (l *line) renewed(who login) bool {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != l || l.cause != nil {
		return false
	}
	s.user = who.user
	s.logins++
	l.registry.counters.Renewed.Add(1)
	l.expire(who.expires)
	return true
}

var (
	errOtherUser = core.NewCloseError(core.CloseExpired, "these are the credentials of another user")
	errRenewing  = core.NewCloseError(core.CloseOverloaded, "credentials are handed over too often")
)

// renewals bounds how often a client hands over credentials, which may be expensive to check.
type renewals struct {
	used    float64
	counted time.Duration
}

// A client may hand over credentials this often at once, and so many times a second for ever.
const (
	renewalBurst = 10
	renewalRate  = 1
)

func (r *renewals) may(now time.Duration) bool {
	r.used = max(0, r.used-renewalRate*(now-r.counted).Seconds())
	r.counted = now
	if r.used > renewalBurst-1 {
		return false
	}
	r.used++
	return true
}

// Expiring is a user whose credentials are valid for a limited time: what Host.Authenticate returns may have this method.
// The zero time means that there is no limit.
type Expiring interface{ ExpiresAt() time.Time }

// login is who has shown credentials, and until when these are valid.
type login struct {
	user    any
	expires time.Time // zero: without a limit
}

// loginOf asks the user, whose method is an application's code. No lock is held.
func loginOf(user any) login {
	if u, ok := user.(Expiring); ok {
		return login{user, u.ExpiresAt()}
	}
	return login{user: user}
}

func (l login) expired(now time.Time) bool { return !l.expires.IsZero() && !now.Before(l.expires) }

// expiry ends a line when the credentials of its client are not valid any more, and tells the client some time before. To
// the session this is a cut like any other: the same user goes on with it, with other credentials.
//
// The session's lock guards it. Nil has no limit.
type expiry struct {
	at    time.Time
	tell  time.Time // when the client is told
	told  bool
	timer *time.Timer
}

// The client is told when a tenth of the time is left, within these bounds, but not before half of the time is over: a
// token that lives for a second would be asked for all the time.
const (
	leastNotice = 10 * time.Second
	mostNotice  = 5 * time.Minute
)

func notice(life time.Duration) time.Duration {
	return min(max(life/10, leastNotice), mostNotice, life/2)
}

// checkEvery is how often the clock is looked at, at least: it may be set while a timer runs.
const checkEvery = time.Minute

// expire begins a limit, which takes the place of the one before. The lock is held.
func (l *line) expire(at time.Time) {
	l.expiry.stop()
	l.expiry = nil
	if at.IsZero() || l.cause != nil {
		return
	}
	e := &expiry{at: at, tell: at.Add(-notice(time.Until(at)))}
	e.timer = time.AfterFunc(e.wait(), l.checkExpiry)
	l.expiry = e
}

// until is the time at which it ends the line; zero: it does not.
func (e *expiry) until() time.Time {
	if e == nil {
		return time.Time{}
	}
	return e.at
}

// wait is how long nothing has to be done. Times that a token tells know nothing of the clock that never goes back.
func (e *expiry) wait() time.Duration {
	next := e.at
	if !e.told {
		next = e.tell
	}
	return min(max(0, time.Until(next)), checkEvery)
}

func (e *expiry) stop() {
	if e != nil {
		e.timer.Stop()
	}
}

// checkExpiry does what is due.
func (l *line) checkExpiry() {
	if l.expired() {
		l.decided(access.Expire, errExpired)
	}
}

// expired ends the line if its time is over, and tells the client some time before.
func (l *line) expired() bool {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	e, now := l.expiry, time.Now()
	switch {
	case s.line != l || l.cause != nil || e == nil:
		return false
	case !now.Before(e.at):
		l.registry.counters.Expired.Add(1)
		l.endLocked(errExpired)
		return true
	case !e.told && !now.Before(e.tell):
		e.told = true
		s.engine.Expiring(time.Until(e.at), core.OK, "")
		s.wakeWriter()
	}
	e.timer.Reset(e.wait())
	return false
}

var errExpired = core.NewCloseError(core.CloseExpired, "the credentials have expired")

// unlimited is what a client is told whose credentials do not expire.
const unlimited = (1<<32 - 1) * time.Millisecond

// refuse tells the client that the credentials which it has handed over were not accepted. Those that it had go on being
// valid for their time.
func (l *line) refuse(why *core.CloseError) {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != l || l.cause != nil {
		return
	}
	left := unlimited
	if l.expiry != nil {
		left = time.Until(l.expiry.at)
	}
	s.engine.Expiring(left, why.Close.Code(), why.Reason)
	s.wakeWriter()
}
