package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Reachable answers which named endpoints somebody may open, as JSON: {"endpoints": [{"name": "prices", "types": ["SUB"]}]}, with what
// else access.Reachable has. It is for pages that list them, such as the console, and for zwb types. A page may ask that may connect,
// and who asks says who it is as any request of HTTP does (Authorization, cookies, what a proxy adds), which Config.Authenticate gets
// without credentials of Hello.
func (b *Bridge) Reachable() http.Handler { return http.HandlerFunc(b.serveReachable) }

func (b *Bridge) serveReachable(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuseMethod(w, "GET, HEAD")
		return
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	user, refusal := b.unhurried(r)
	if refusal != nil {
		b.hooks.Decided(Decision{What: access.Connect}, r, nil, refusal)
		http.Error(w, refusal.Reason, askingStatus(refusal.Close))
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin) // without credentials of the browser
	}
	h.Set("Content-Type", "application/json")
	list := b.hooks.reachable(r, user)
	if list == nil {
		list = []access.Reachable{} // and not null
	}
	json.NewEncoder(w).Encode(map[string]any{"endpoints": list})
}

// unhurried is asker, for requests that nobody has counted yet: they may come as fast as any other.
func (b *Bridge) unhurried(r *http.Request) (user any, refusal *core.CloseError) {
	if !b.pace.Admits(r.RemoteAddr, r.ContentLength, time.Now()) {
		b.sessions.Counters().Hit(limit.TooFast)
		return nil, errPace
	}
	return b.asker(r)
}

// asker is who asks, or why nobody who may.
func (b *Bridge) asker(r *http.Request) (user any, refusal *core.CloseError) {
	if reason := b.hooks.door.Load().origins.RefuseRead(r); reason != "" {
		return nil, core.NewCloseError(core.CloseDenied, reason)
	}
	if refusal := b.hooks.mayConnect(r); refusal != nil {
		return nil, refusal
	}
	ctx, cancel := context.WithTimeout(r.Context(), b.cfg.HookTimeout)
	defer cancel()
	return b.hooks.Authenticate(ctx, r, "", nil)
}

func askingStatus(code core.CloseCode) int {
	switch code {
	case core.CloseUnauthorized, core.CloseExpired:
		return http.StatusUnauthorized
	case core.CloseOverloaded:
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}

// reachable asks Config.Reachable.
func (h *hooks) reachable(r *http.Request, user any) (list []access.Reachable) {
	if h.cfg.Reachable == nil {
		return nil
	}
	guardHook(func() error {
		list = h.cfg.Reachable(r, user)
		return nil
	})
	return list
}
