package server

import (
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// turnedAwayTime is how long a WebSocket that was turned away may take to read why.
const turnedAwayTime = time.Second

// refuse says why a WebSocket may not exist; nil: it may.
func (b *Bridge) refuse(r *http.Request) *core.CloseError {
	door := b.hooks.door.Load()
	if reason := door.origins.Refuse(r); reason != "" {
		b.cfg.Log.Info("origin refused", "host", origin.Clip(r.Host), "origin", origin.Clip(r.Header.Get("Origin")), "remote", r.RemoteAddr, "reason", reason)
		return core.NewCloseError(core.CloseDenied, reason)
	}
	if b.sessions.Full() {
		b.cfg.Log.Warn("WebSocket refused: the bridge is full or shutting down", "remote", r.RemoteAddr, "connections", b.sessions.Counters().Connections.Load())
		b.sessions.Counters().Hit(limit.Connections)
		return core.NewCloseError(core.CloseOverloaded, "the bridge is full or shutting down")
	}
	if b.sessions.Crowded(r.RemoteAddr) {
		b.sessions.Counters().Hit(limit.PerIP)
		b.cfg.Log.Warn("WebSocket refused: too many connections from this address", "remote", r.RemoteAddr, "at_most", door.perIP)
		return core.NewCloseError(core.CloseOverloaded, "too many connections from this address")
	}
	return b.hooks.mayConnect(r)
}

// turnAway refuses a WebSocket. A page sees nothing of an HTTP status, so its WebSocket is accepted and closed with the
// reason. Each that is about to be closed costs a connection for a while; where too many are, the status has to do.
func (b *Bridge) turnAway(w http.ResponseWriter, r *http.Request, v1 bool, refusal *core.CloseError) {
	b.countRefused()
	select {
	case b.leaving <- struct{}{}:
		defer func() { <-b.leaving }()
	default:
		v1 = false
	}
	if !v1 {
		w.Header().Set("Connection", "close")
		http.Error(w, refusal.Reason, statusOf(refusal.Close))
		return
	}
	conn, err := b.accept(w, r, v1)
	if err != nil {
		return // Accept has answered
	}
	late := time.AfterFunc(turnedAwayTime, func() { conn.Drop() })
	defer late.Stop()
	conn.Close(refusal.Close, refusal.Reason)
}

func statusOf(code core.CloseCode) int {
	if code == core.CloseOverloaded {
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}

// refuseEarly answers a request that will not be a WebSocket at all.
func (b *Bridge) refuseEarly(w http.ResponseWriter, r *http.Request, reason string, status int) {
	b.countRefused()
	b.hooks.Decided(Decision{What: access.Connect}, r, nil, core.NewCloseError(core.CloseDenied, reason))
	http.Error(w, reason, status)
}

var errPace = core.NewCloseError(core.CloseOverloaded, "requests come faster than the bridge allows")

// admit ends what is decided of a request or a WebSocket without a client; refusal is why it may not be, so far. It counts and tells what is refused.
func (b *Bridge) admit(r *http.Request, addresses *limit.Addresses, refusal *core.CloseError) error {
	if refusal == nil && !addresses.Admits(r.RemoteAddr, r.ContentLength, time.Now()) {
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

func (b *Bridge) countRefused() { b.sessions.Counters().Refused.Add(1) }
