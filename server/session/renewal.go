package session

import (
	"context"
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// renew takes the credentials that a client hands over while its session is open. They have to be the same user's. It runs on
// the line's reading goroutine without the lock, and delays this client's frames alone.
func (s *session) renew(f *core.Frame) error {
	s.mu.Lock()
	l, may := s.line, s.renewals.may(s.registry.now())
	s.mu.Unlock()
	if !may {
		return errRenewing
	}
	who, err := l.authenticate(f.Params)
	var refused *core.CloseError
	switch {
	case errors.As(err, &refused) && refused.Close != core.CloseDenied:
		l.refuse(refused)
		return nil
	case err != nil:
		return err
	case !s.registry.host.SameUser(s.user, who.user):
		return errOtherUser
	}
	s.mu.Lock()
	s.user = who.user
	s.registry.counters.Renewed.Add(1)
	l.expire(who.expires)
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.ctx, s.registry.cfg.HookTimeout)
	defer cancel()
	s.judgeSockets(ctx) // the claims may have changed
	return nil
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
