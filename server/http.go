package server

import (
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange"
	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/cost"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// HTTP serves endpoints to whoever has no client of zwb.v1, at /req/NAME, /push/NAME, /pub/NAME,
// /rpc/NAME/FUNCTION, /sub/NAME, /last/NAME and /ticket/NAME (exchange.Paths), and describes those that have a name at /openapi.json. An address stands in
// the query instead, as in /sub?address=tcp://10.0.0.5:5556, where Config.AddressesOverHTTP says so. Each request is a session of the Bridge while it lasts: the same hooks decide, by
// its headers, and the same limits hold.
func (b *Bridge) HTTP() http.Handler {
	return exchange.New(visitors{b, b.pace}, exchange.Config{RequestTimeout: b.cfg.RequestTimeout, MaxMessage: func() int { return b.hooks.door.Load().maxMessage }, Heartbeat: b.cfg.Heartbeat,
		Tickets: b.tickets, Version: Version})
}

// visitors are the exchanges of a Bridge. It implements exchange.Host.
type visitors struct {
	bridge *Bridge
	pace   *limit.Addresses
}

// Refuse is part of exchange.Host.
func (v visitors) Refuse(r, asker *http.Request) error {
	return v.bridge.admit(r, v.pace, v.bridge.refuseExchange(r, asker))
}

func (b *Bridge) refuseExchange(r, asker *http.Request) *core.CloseError {
	refuse := b.hooks.door.Load().origins.RefuseExchange
	if asker != r { // who has a ticket has not got it from a browser that adds what it likes
		refuse = b.hooks.door.Load().origins.RefuseRead
	}
	if reason := refuse(r); reason != "" {
		b.cfg.Log.Info("request refused", "host", origin.Clip(r.Host), "origin", origin.Clip(r.Header.Get("Origin")), "remote", r.RemoteAddr, "reason", reason)
		return core.NewCloseError(core.CloseDenied, reason)
	}
	return b.refuse(asker)
}

// Read is part of exchange.Host.
func (v visitors) Read(r *http.Request, bytes int) {
	if r.ContentLength < 0 {
		v.pace.Pay(r.RemoteAddr, bytes, time.Now())
	}
}

// Reader is part of exchange.Host.
func (v visitors) Reader(r *http.Request) (origin string, trusted bool) {
	o := &v.bridge.hooks.door.Load().origins
	if origin = r.Header.Get("Origin"); origin == "" || o.Refuse(r) != "" {
		return "", false
	}
	return origin, o.Trusts(r)
}

// Vouch is part of exchange.Host.
func (v visitors) Vouch(r *http.Request, endpoint string, params []byte) (owner string, kept *http.Request, bytes int, err error) {
	h := v.bridge.hooks
	user, refusal := v.bridge.asker(r)
	if refusal != nil {
		h.Decided(Decision{What: access.Connect}, r, nil, refusal)
		return "", nil, 0, refusal
	}
	ep, wrong := core.ParseEndpoint(endpoint)
	if wrong != nil {
		return "", nil, 0, wrong
	}
	asked := Access{HTTP: r, User: user, Door: access.ByHTTP, Type: core.SUB, Endpoint: ep, Params: params}
	if denied := h.Allows(r.Context(), asked); denied != nil {
		return "", nil, 0, denied
	}
	if owner = h.UserKey(user); owner == "" {
		owner = limit.Origin(r.RemoteAddr)
	}
	kept = cost.Slim(r)
	return owner, kept, cost.HeaderSize(kept), nil
}

// Reachable is part of exchange.Host.
func (v visitors) Reachable(r *http.Request) ([]access.Reachable, error) {
	user, refusal := v.bridge.asker(r)
	if refusal != nil {
		v.bridge.hooks.Decided(Decision{What: access.Connect}, r, nil, refusal)
		return nil, refusal
	}
	return v.bridge.hooks.reachable(r, user), nil
}

// Serve is part of exchange.Host.
func (v visitors) Serve(conn *exchange.Conn, asker *http.Request) {
	v.bridge.sessions.Serve(conn, asker, access.ByHTTP, false)
}
