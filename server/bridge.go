package server

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/legacy"
)

// Agent is what the bridge calls itself in Welcome.
const Agent = "zwb/" + Version

// Version of the bridge.
const Version = "0.1.0"

// Bridge serves WebSockets at whatever path it is mounted on. It is safe for concurrent use.
type Bridge struct {
	cfg       Config
	gateways  *gateway.Factory
	started   time.Time
	counters  counters
	retention *retention

	ctx    context.Context // ends when the Bridge is closed
	cancel context.CancelFunc

	mu      sync.Mutex
	lines   map[*line]*session // nil: no Hello yet
	fewer   chan struct{}      // closed and replaced when a line has ended
	drainBy time.Time          // zero: the bridge is not draining
	closed  bool
	running sync.WaitGroup // lines
}

// New makes a Bridge. It is ready at once; Close ends it.
func New(cfg Config) *Bridge {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	b := &Bridge{cfg: cfg, gateways: gateway.NewFactory(cfg.Gateway), started: time.Now(), ctx: ctx, cancel: cancel,
		lines: map[*line]*session{}, fewer: make(chan struct{})}
	b.retention = newRetention(b)
	return b
}

// Close ends every session with CloseGoingAway, then the gateways, and waits for them. Drain comes before it where
// clients are to lose nothing.
func (b *Bridge) Close() {
	b.mu.Lock()
	b.closed = true
	lines := maps.Clone(b.lines)
	b.mu.Unlock()
	b.retention.close()
	for l, s := range lines {
		if s == nil {
			l.cancel()
		} else {
			s.end(core.NewCloseError(core.CloseGoingAway, drainText))
		}
	}
	b.running.Wait()
	b.cancel()
	b.gateways.Close()
}

// now is the time as core wants it.
func (b *Bridge) now() time.Duration { return time.Since(b.started) }

// ServeHTTP upgrades to a WebSocket and serves it until it ends. A WebSocket that asks for the subprotocol zwb.v1 and
// may not exist is accepted and closed with a code and a reason, because a page sees nothing of an HTTP status.
func (b *Bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a WebSocket endpoint; the subprotocol is "+core.Subprotocol, http.StatusUpgradeRequired)
		return
	}
	v1 := speaksV1(r)
	refusal := b.refuse(r)
	switch {
	case refusal != nil && !v1:
		b.counters.refused.Add(1)
		http.Error(w, refusal.Reason, http.StatusForbidden)
		return
	case !v1 && (b.cfg.NoLegacy || r.Header.Get("Sec-WebSocket-Protocol") != ""):
		b.counters.refused.Add(1)
		http.Error(w, "this bridge speaks the subprotocol "+core.Subprotocol, http.StatusBadRequest)
		return
	}
	conn, err := b.accept(w, r, v1)
	if err != nil {
		b.cfg.Log.Debug("handshake failed", "remote", r.RemoteAddr, "err", err)
		return // Accept has answered
	}
	if refusal != nil {
		b.counters.refused.Add(1)
		conn.Close(refusal.Close, refusal.Reason)
		return
	}
	b.serve(conn, r, v1)
}

// accept upgrades, and puts the translator in front of a client of 2012.
func (b *Bridge) accept(w http.ResponseWriter, r *http.Request, v1 bool) (conn, error) {
	opts := wsconn.Options{Limit: int64(core.NewSession(core.SessionConfig{MaxMessage: b.cfg.MaxMessage}, 0).Limit())}
	if v1 {
		opts.Subprotocol = core.Subprotocol
		return wsconn.Accept(w, r, opts)
	}
	opts.Text = true
	ws, err := wsconn.Accept(w, r, opts)
	if err != nil {
		return nil, err
	}
	return legacy.New(ws, legacy.Config{RequestTimeout: b.cfg.RequestTimeout, MaxMessage: b.cfg.MaxMessage}), nil
}

func (b *Bridge) serve(conn conn, r *http.Request, keeps bool) {
	l := newLine(b, conn, r, keeps)
	if !b.enter(l) {
		b.counters.refused.Add(1)
		conn.Close(core.CloseOverloaded, "the bridge is full or shutting down")
		return
	}
	defer b.leave(l)
	l.run()
}

func (b *Bridge) enter(l *line) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.lines) >= b.cfg.MaxConnections {
		return false
	}
	b.lines[l] = nil
	b.running.Add(1)
	b.counters.connections.Add(1)
	b.counters.connectionsTotal.Add(1)
	return true
}

func (b *Bridge) leave(l *line) {
	b.mu.Lock()
	delete(b.lines, l)
	close(b.fewer)
	b.fewer = make(chan struct{})
	b.mu.Unlock()
	b.counters.connections.Add(-1)
	b.running.Done()
}

// refuse says why a WebSocket may not exist; nil: it may.
func (b *Bridge) refuse(r *http.Request) *core.CloseError {
	if !originAllowed(r, b.cfg.Origins) {
		b.cfg.Log.Info("origin refused", "origin", r.Header.Get("Origin"), "remote", r.RemoteAddr)
		return core.NewCloseError(core.CloseDenied, "pages of "+r.Header.Get("Origin")+" may not connect here")
	}
	if b.cfg.WebsocketAllowed == nil {
		return core.NewCloseError(core.CloseDenied, "this bridge lets nobody in")
	}
	err := guardHook(func() error { return b.cfg.WebsocketAllowed(r) })
	if err == nil {
		return nil
	}
	var e *core.Error
	if !errors.As(err, &e) {
		b.cfg.Log.Info("WebSocket denied by the hook", "remote", r.RemoteAddr, "err", err)
		return core.NewCloseError(core.CloseDenied, "not allowed")
	}
	if e.Code == core.Unauthenticated {
		return core.NewCloseError(core.CloseUnauthorized, e.Text)
	}
	return core.NewCloseError(core.CloseDenied, e.Text)
}

func isUpgrade(r *http.Request) bool { return hasToken(r.Header, "Upgrade", "websocket") }

func speaksV1(r *http.Request) bool {
	return hasToken(r.Header, "Sec-WebSocket-Protocol", core.Subprotocol)
}

func hasToken(h http.Header, key, token string) bool {
	for _, line := range h.Values(key) {
		if slices.ContainsFunc(strings.Split(line, ","), func(t string) bool {
			return strings.EqualFold(strings.TrimSpace(t), token)
		}) {
			return true
		}
	}
	return false
}
