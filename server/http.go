package server

import (
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// HTTP serves the endpoints that have a name to whoever has no client of zwb.v1, at /req/NAME, /push/NAME, /pub/NAME,
// /rpc/NAME/FUNCTION, /sub/NAME and /last/NAME (exchange.Paths). Each request is a session of the Bridge while it lasts: the same hooks decide, by
// its headers, and the same limits hold.
func (b *Bridge) HTTP() http.Handler {
	return exchange.New(visitors{b, newPace(func() rates { return b.hooks.door.Load().rates })}, exchange.Config{RequestTimeout: b.cfg.RequestTimeout, MaxMessage: func() int { return b.hooks.door.Load().maxMessage }, Heartbeat: b.cfg.Heartbeat})
}

// visitors are the exchanges of a Bridge. It implements exchange.Host.
type visitors struct {
	bridge *Bridge
	pace   *pace
}

// Refuse is part of exchange.Host.
func (v visitors) Refuse(r *http.Request) error {
	b := v.bridge
	refusal := b.refuseExchange(r)
	if refusal == nil && !v.pace.admits(r, time.Now()) {
		b.sessions.Counters().Hit(limit.TooFast)
		refusal = errPace
	}
	if refusal == nil {
		return nil
	}
	b.countRefused()
	b.hooks.Decided(Decision{What: access.Connect}, r, nil, refusal)
	return refusal
}

func (b *Bridge) refuseExchange(r *http.Request) *core.CloseError {
	if reason := b.hooks.door.Load().origins.refuseExchange(r); reason != "" {
		b.cfg.Log.Info("request refused", "host", clip(r.Host), "origin", clip(r.Header.Get("Origin")), "remote", r.RemoteAddr, "reason", reason)
		return core.NewCloseError(core.CloseDenied, reason)
	}
	return b.refuse(r)
}

// Reader is part of exchange.Host.
func (v visitors) Reader(r *http.Request) (origin string, trusted bool) {
	o := &v.bridge.hooks.door.Load().origins
	if origin = r.Header.Get("Origin"); origin == "" || o.refuse(r) != "" {
		return "", false
	}
	return origin, o.trusts(r)
}

// Serve is part of exchange.Host.
func (v visitors) Serve(conn *exchange.Conn, r *http.Request) {
	v.bridge.sessions.Serve(conn, r, false)
}
