package server

import (
	"net/http"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange"
	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
	"github.com/zmqwebbridge/zmqwebbridge/server/plain"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/cost"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
	"github.com/zmqwebbridge/zmqwebbridge/server/zws"
)

// Sockets serves endpoints over WebSockets of clients that do not speak zwb.v1: at /ws/NAME with a message of ZeroMQ in each
// message (package plain), and at /zws/NAME to peers that speak ZWS 2.0 (package zws). At an address it is /ws?address=ADDRESS, where Config.AddressesOverHTTP says so. Each is a session of the Bridge, without a second WebSocket that it could go on over.
func (b *Bridge) Sockets() http.Handler {
	return &doors{b, limit.NewAddresses(func() limit.Rates { return b.hooks.door.Load().rates })}
}

// SocketPaths are the patterns of what Sockets serves, for an http.ServeMux.
func SocketPaths() []string { return []string{"/ws/", "/ws", "/zws/", "/zws"} }

// socketDoors by the first segment of the path.
var socketDoors = map[string]access.Door{"ws": access.ByWebSocket, "zws": access.ByZWS}

// IsPeer tells whether a request is for Sockets, whatever else is served at its path: it is of a peer that speaks ZWS 2.0, and asks for /NAME. Of
// ws://BRIDGE/zws/NAME a libzmq up to 4.3.5 asks for no more than that.
func IsPeer(r *http.Request) bool {
	return strings.LastIndexByte(r.URL.Path, '/') == 0 && isUpgrade(r) && zws.Choose(r) != ""
}

// doors are where such clients come in.
type doors struct {
	bridge *Bridge
	pace   *limit.Addresses
}

// ServeHTTP is part of http.Handler.
func (d *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := d.serve(w, r); err != nil {
		h.Set("Connection", "close")
		exchange.Fail(w, err)
	}
}

// serve upgrades, or returns why not.
func (d *doors) serve(w http.ResponseWriter, r *http.Request) error {
	first, name, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	door, isDoor := socketDoors[first]
	if !below && IsPeer(r) && !(isDoor && r.URL.Query().Has("address")) {
		door, isDoor, name = access.ByZWS, true, first
	}
	if !isDoor || name != "" && !core.IsEndpointName(name) {
		return core.NewError(core.Invalid, "a path is /ws/NAME or /zws/NAME, with the name of an endpoint")
	}
	if r.Method != http.MethodGet || !isUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		return core.NewError(core.Invalid, "only WebSockets are served here")
	}
	if err := d.refuse(r); err != nil {
		return err
	}
	known, _ := d.bridge.hooks.Named(name)
	if door == access.ByZWS {
		return d.servePeer(w, r, name, known.Types)
	}
	wish, err := plain.Parse(r, name, known.Types)
	if err != nil {
		return err
	}
	d.begin(w, r, door, "", func(ws translator.WebSocket, cfg translator.Config) session.Conn { return plain.New(ws, cfg, wish) })
	return nil
}

// servePeer is serve for a peer that speaks ZWS 2.0.
func (d *doors) servePeer(w http.ResponseWriter, r *http.Request, name string, types []core.SocketType) error {
	subprotocol := zws.Choose(r)
	if subprotocol == "" {
		return core.NewError(core.Unsupported, "the subprotocols are ZWS2.0/NULL, ZWS2.0/PLAIN and ZWS2.0")
	}
	wish, err := zws.Parse(r, subprotocol, name, types)
	if err != nil {
		return err
	}
	d.begin(w, r, access.ByZWS, subprotocol, func(ws translator.WebSocket, cfg translator.Config) session.Conn { return zws.New(ws, cfg, wish) })
	return nil
}

// begin upgrades, and has a session begin. What is wrong with a handshake the library answers.
func (d *doors) begin(w http.ResponseWriter, r *http.Request, door access.Door, subprotocol string, speak func(translator.WebSocket, translator.Config) session.Conn) {
	b := d.bridge
	limit := core.NewSession(core.SessionConfig{MaxMessage: b.cfg.MaxMessage}, 0).Limit()
	ws, err := wsconn.Accept(w, r, wsconn.Options{Either: true, Subprotocol: subprotocol, Limit: int64(limit)})
	if err != nil {
		b.cfg.Log.Debug("handshake failed", "remote", r.RemoteAddr, "err", err)
		return
	}
	b.sessions.Begin(speak(ws, translator.Config{RequestTimeout: b.cfg.RequestTimeout, MaxMessage: b.cfg.MaxMessage, Heartbeat: b.cfg.Heartbeat}), r, door, false)
}

// refuse says why a WebSocket may not exist; nil: it may.
func (d *doors) refuse(r *http.Request) error {
	return d.bridge.admit(r, d.pace, d.bridge.refuseSocket(r))
}

func (b *Bridge) refuseSocket(r *http.Request) *core.CloseError {
	if cost.HeaderSize(r) > maxHeaders {
		return core.NewCloseError(core.CloseTooLarge, "a handshake has at most 32 KiB of headers here")
	}
	if reason := b.hooks.door.Load().origins.RefuseSocket(r); reason != "" {
		b.cfg.Log.Info("WebSocket refused", "host", origin.Clip(r.Host), "origin", origin.Clip(r.Header.Get("Origin")), "remote", r.RemoteAddr, "reason", reason)
		return core.NewCloseError(core.CloseDenied, reason)
	}
	return b.refuse(r)
}
