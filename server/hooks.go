package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
)

// What the hooks of Config are asked, and answer with.
type (
	Access    = access.Access
	Decision  = access.Decision
	Flow      = access.Flow
	History   = access.History
	Named     = access.Named
	Reachable = access.Reachable
	Terms     = access.Terms
	Holding   = access.Holding
)

// Expiring is a user whose credentials are valid for a limited time: what Config.Authenticate returns may have this method.
type Expiring = session.Expiring

// hooks asks those of Config, which are an application's code: they may be missing, take their time, and panic. It
// implements proxy.Rules, and the part of session.Host that is about users.
type hooks struct {
	cfg      *Config
	counters *count.Counters
	door     atomic.Pointer[door]
}

// mayConnect says why a WebSocket may not exist; nil: it may.
func (h *hooks) mayConnect(r *http.Request) *core.CloseError {
	if h.cfg.WebsocketAllowed == nil {
		return core.NewCloseError(core.CloseDenied, "this bridge lets nobody in")
	}
	err := guardHook(func() error { return h.cfg.WebsocketAllowed(r) })
	if err == nil {
		return nil
	}
	var e *core.Error
	if !errors.As(err, &e) {
		h.cfg.Log.Info("WebSocket denied by the hook", "remote", r.RemoteAddr, "err", err)
		return core.NewCloseError(core.CloseDenied, "not allowed")
	}
	if e.Code == core.Unauthenticated {
		return core.NewCloseError(core.CloseUnauthorized, e.Text)
	}
	return core.NewCloseError(core.CloseDenied, e.Text)
}

// decided tells of a decision; nil: yes.
func (h *hooks) decided(d Decision, e *core.Error) {
	if h.cfg.Decided == nil {
		return
	}
	d.Time, d.Allowed = time.Now(), e == nil
	if e != nil {
		d.Code, d.Reason = e.Code.String(), e.Text
	}
	guardHook(func() error {
		h.cfg.Decided(d)
		return nil
	})
}

// Allows is part of proxy.Rules. It turns the answer of ZMQAllowed into what the page may see.
func (h *hooks) Allows(ctx context.Context, a Access) *core.Error {
	e := h.allows(ctx, a)
	if h.cfg.Decided != nil && !(a.Again && e == nil) { // what stays as it was is no decision
		d := access.DecisionOn(a)
		d.User = h.userName(a.User)
		h.decided(d, e)
	}
	return e
}

func (h *hooks) allows(ctx context.Context, a Access) *core.Error {
	if e := h.refuseAddress(a); e != nil {
		h.counters.Denied.Add(1)
		return e
	}
	if h.cfg.ZMQAllowed == nil {
		return core.NewError(core.Denied, a.String()+" is not allowed: this bridge allows nothing")
	}
	limited := newHookContext(ctx, h.cfg.HookTimeout)
	defer limited.stop()
	err := guardHook(func() error { return h.cfg.ZMQAllowed(limited, a) })
	if err == nil {
		return nil
	}
	h.counters.Denied.Add(1)
	return public(h.log(a), err, a.String()+" is not allowed")
}

// refuseAddress says why an address is not for a client that has come in by a door that needs no library; nil: there is no reason but
// those of ZMQAllowed. It says the same of every address, whatever is there.
func (h *hooks) refuseAddress(a Access) *core.Error {
	switch {
	case a.Endpoint.Name != "" || a.Door.NeedsLibrary():
		return nil
	case !h.cfg.AddressesOverHTTP:
		return core.NewError(core.Denied, "over HTTP only endpoints that have a name are reached here")
	case a.Bind || a.Type == core.REP:
		return core.NewError(core.Denied, "over HTTP the bridge listens only at endpoints that have a name")
	}
	return nil
}

// Flow is part of proxy.Rules.
func (h *hooks) Flow(a Access) (f Flow, e *core.Error) {
	if h.cfg.Flow == nil {
		return Flow{}, nil
	}
	err := guardHook(func() error {
		f = h.cfg.Flow(a)
		return nil
	})
	if err != nil {
		return Flow{}, public(h.log(a), err, a.String()+" is not allowed")
	}
	return f, nil
}

// Named is part of proxy.Rules.
func (h *hooks) Named(name string) (n Named, known bool) {
	if h.cfg.Named == nil {
		return Named{}, false
	}
	err := guardHook(func() error {
		n, known = h.cfg.Named(name)
		return nil
	})
	return n, known && err == nil
}

// addresses is gateway.Config.Addresses.
func (h *hooks) addresses(name core.Endpoint) int {
	n, _ := h.Named(name.Name)
	return n.Addresses
}

// Terms is part of proxy.Rules.
func (h *hooks) Terms(a Access) (t Terms, e *core.Error) {
	if h.cfg.Terms == nil {
		return Terms{}, nil
	}
	err := guardHook(func() (err error) {
		t, err = h.cfg.Terms(a)
		return err
	})
	if err != nil {
		return Terms{}, public(h.log(a), err, a.String()+" is not allowed")
	}
	t.Admit = h.guardAdmit(t.Admit, a)
	return t, nil
}

// guardAdmit is what guardHook is, for a hook that is called long after. It keeps nothing of who asked.
func (h *hooks) guardAdmit(admit admission, a Access) admission {
	if admit == nil {
		return nil
	}
	log, d := h.log(a), access.DecisionOnMessage(a)
	d.User = h.userName(a.User)
	return func(ctx context.Context, m core.Message) (admitted core.Message, err error) {
		limited := newHookContext(ctx, h.cfg.HookTimeout)
		defer limited.stop()
		err = guardHook(func() error {
			admitted, err = admit(limited, m)
			return err
		})
		if err != nil {
			e := public(log, err, "this message is not allowed")
			h.decided(d, withoutContent(d, e))
			return nil, e
		}
		return admitted, nil
	}
}

// withoutContent is a refusal without the words of who refuses, which may have a part of the message in them. The function that is
// called is a name.
func withoutContent(d Decision, e *core.Error) *core.Error {
	if d.What == access.Call {
		return e
	}
	return core.NewError(e.Code, "")
}

// admission is access.Terms.Admit.
type admission = func(context.Context, core.Message) (core.Message, error)

// Waits is part of session.Host.
func (h *hooks) Waits(user any) (waits bool) {
	if h.cfg.Waits == nil {
		return false
	}
	return guardHook(func() error {
		waits = h.cfg.Waits(user)
		return nil
	}) == nil && waits
}

func (h *hooks) log(a Access) *slog.Logger {
	return h.cfg.Log.With("remote", a.HTTP.RemoteAddr, "session", a.Session, "user", h.userName(a.User), "endpoint", a.Endpoint.String())
}

// guardHook keeps a panic in an application's hook from ending the process: it denies. A hook may reckon for long, as one that looks
// at passwords does.
func guardHook(hook func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a hook: %v", r)
		}
	}()
	atonce.Tell()
	return hook()
}

// public is what of an error may be told: all of a core.Error, nothing of any other, which is logged instead.
func public(log *slog.Logger, err error, otherwise string) *core.Error {
	var e *core.Error
	if errors.As(err, &e) {
		return &core.Error{Code: e.Code, Text: e.Text}
	}
	log.Info("denied by a hook", "what", otherwise, "err", err)
	return core.NewError(core.Denied, otherwise)
}
