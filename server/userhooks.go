package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Credentialed is a user whose credentials have a name, by which they can be told from others of the same user: what
// Config.Authenticate returns may have this method. The name is shown to who runs the bridge, and is no secret.
type Credentialed interface{ CredentialID() string }

// Authenticate is part of session.Host.
func (h *hooks) Authenticate(ctx context.Context, r *http.Request, session string, credentials []byte) (user any, refusal *core.CloseError) {
	if h.cfg.Authenticate == nil {
		return nil, nil
	}
	err := guardHook(func() (err error) {
		user, err = h.cfg.Authenticate(ctx, r, credentials)
		return err
	})
	if err == nil {
		return user, nil
	}
	h.counters.Refused.Add(1)
	if errors.As(err, &refusal) {
		return nil, refusal
	}
	log := h.cfg.Log.With("remote", r.RemoteAddr)
	if session != "" {
		log = log.With("session", session)
	}
	e := public(log, err, "the credentials were not accepted")
	if e.Code == core.Denied {
		return nil, core.NewCloseError(core.CloseDenied, e.Text)
	}
	return nil, core.NewCloseError(core.CloseUnauthorized, e.Text)
}

// Recheck is part of session.Host.
func (h *hooks) Recheck(ctx context.Context, r *http.Request, user any) (now any, refusal *core.CloseError) {
	if reason := h.door.Load().origins.Refuse(r); reason != "" {
		return nil, core.NewCloseError(core.CloseDenied, reason)
	}
	if h.cfg.Recheck == nil {
		return user, nil
	}
	err := guardHook(func() (err error) {
		now, err = h.cfg.Recheck(ctx, r, user)
		return err
	})
	if err == nil && (user != nil || now != nil) && !h.SameUser(user, now) {
		err = errOtherUser
	}
	if err == nil || ctx.Err() != nil {
		return now, nil // without a time in which to answer there is no answer
	}
	if !errors.As(err, &refusal) {
		refusal = core.NewCloseError(core.CloseUnauthorized, public(h.cfg.Log.With("remote", r.RemoteAddr, "user", h.userName(user)), err, "the credentials are not accepted any more").Text)
	}
	return nil, refusal
}

// SameUser is part of session.Host.
func (h *hooks) SameUser(owner, user any) bool {
	if h.cfg.SameUser == nil {
		return reflect.DeepEqual(owner, user)
	}
	return guardHook(func() error {
		if !h.cfg.SameUser(owner, user) {
			return errOtherUser
		}
		return nil
	}) == nil
}

// UserKey is part of session.Host.
func (h *hooks) UserKey(user any) (key string) {
	if h.cfg.UserKey == nil {
		return ""
	}
	guardHook(func() error {
		key = h.cfg.UserKey(user)
		return nil
	})
	return key
}

// userName is what people call a user: the UserKey, or the text that the user is; "" for nobody in particular.
func (h *hooks) userName(user any) string {
	if user == nil {
		return ""
	}
	if key := h.UserKey(user); key != "" {
		return key
	}
	switch name := user.(type) {
	case string:
		return name
	case fmt.Stringer:
		var text string
		guardHook(func() error {
			text = name.String()
			return nil
		})
		return text
	}
	return ""
}

// login names the credentials of a user; "": they have no name.
func (h *hooks) login(user any) (name string) {
	c, named := user.(Credentialed)
	if !named {
		return ""
	}
	guardHook(func() error {
		name = c.CredentialID()
		return nil
	})
	return name
}

var errOtherUser = core.NewError(core.Denied, "another user")

// Decided is part of session.Host.
func (h *hooks) Decided(d Decision, r *http.Request, user any, why *core.CloseError) {
	if h.cfg.Decided == nil {
		return
	}
	d.Remote, d.User = r.RemoteAddr, h.userName(user)
	var e *core.Error
	if why != nil {
		e = core.NewError(why.Close.Code(), why.Reason)
	}
	h.decided(d, e)
}
