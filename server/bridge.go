package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/ticket"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/legacy"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/cost"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Agent is what the bridge calls itself in Welcome.
const Agent = "zwb/" + Version

// Version of the bridge.
const Version = "0.1.0"

// Bridge serves WebSockets at whatever path it is mounted on. It is safe for concurrent use.
//
// It is composition and nothing else: sessions face the WebSockets, gateways face ZeroMQ, and proxies tie the two
// together.
type Bridge struct {
	cfg      Config
	hooks    *hooks
	leaving  chan struct{} // holds one for each WebSocket that is turned away and has not gone yet
	gateways *gateway.Factory
	keeping  map[string]*gateway.SubGateway // see KeepHistories
	sessions *session.Registry
	proxies  *proxy.Proxies
	meters   *meter.Meters
	tickets  *ticket.Book
	pace     *limit.Addresses // of requests over HTTP
}

// host is what sessions need of their bridge.
type host struct {
	*hooks
	*proxy.Proxies
}

// New makes a Bridge. It is ready at once; Close ends it.
func New(cfg Config) *Bridge {
	b := &Bridge{cfg: cfg.withDefaults()}
	b.hooks = &hooks{cfg: &b.cfg}
	b.adopt(&b.cfg)
	b.pace = limit.NewAddresses(func() limit.Rates { return b.hooks.door.Load().rates })
	kept := new(kept)
	kept.isAskedBy(&b.cfg.Gateway)
	if b.cfg.Gateway.Addresses == nil {
		b.cfg.Gateway.Addresses = b.hooks.addresses
	}
	b.gateways = gateway.NewFactory(b.cfg.Gateway)
	sockets := b.cfg.proxy()
	sockets.Elsewhere = b.elsewhere()
	b.proxies = proxy.New(sockets, b.hooks, b.gateways)
	b.meters = b.proxies.Meters()
	b.sessions = session.NewRegistry(b.cfg.session(), host{b.hooks, b.proxies})
	kept.open(b.sessions)
	b.tickets = ticket.NewBook(b.sessions.Memory().Common(account.Connection, ticketParts), func() { b.sessions.Counters().Hit(limit.Tickets) })
	b.hooks.counters = b.sessions.Counters()
	b.leaving = make(chan struct{}, max(4, b.cfg.MaxConnections/16))
	return b
}

// ticketParts: of Config.Memory, the tickets have one of so many parts.
const ticketParts = 64

// Close ends every session with CloseGoingAway, then the gateways, and waits for them. Drain comes before it where
// clients are to lose nothing.
func (b *Bridge) Close() {
	b.tickets.Close()
	b.sessions.Close()
	b.gateways.Close()
}

// Drain asks every client to leave within a time, and waits until they have and what they sent is with the backends, or
// until ctx ends. Clients that come meanwhile are turned away, unless they resume a session: outstanding answers may be
// theirs. A session that was cut is not kept for that, though, if it has a PULL, DEALER, ROUTER or PAIR: it would take
// messages that its client, on another bridge, never gets. Close follows.
//
// With Config.Depot sessions go to other bridges instead, those that were cut, too: their clients are not asked to leave, but cut, and find
// their sessions where they come to next. Only the clients of sessions that cannot go are asked.
//
// The clients of this project begin nothing new on a bridge that drains, wait for what is outstanding, and leave spread
// over the time.
func (b *Bridge) Drain(ctx context.Context, within time.Duration) error {
	if err := b.sessions.Drain(ctx, within); err != nil {
		return err
	}
	return b.passedOn(ctx)
}

// Yield has a session go to another bridge, whose client is there: that whose token has this hash (SHA-256). found is called once it is known that this
// bridge has it. It takes a second or two, and tells whether the session is to be found in Config.Depot now.
func (b *Bridge) Yield(ctx context.Context, token [32]byte, found func()) (left bool) {
	return b.sessions.Yield(ctx, token, found)
}

// Judge asks the hooks anew about everybody who is there and everything that clients have open, as is due when rules have
// changed: the session of somebody who is not let in any more ends (Config.Recheck), an endpoint or a
// subscription that is not allowed any more is taken back, with the code denied. All else stays as it is. It returns when all
// have been asked, or ctx has ended. A session whose hooks take longer than Config.HookTimeout stays as it is.
func (b *Bridge) Judge(ctx context.Context) { b.sessions.Judge(ctx) }

// JudgeUsers is Judge for who is there, and not for what they have open.
func (b *Bridge) JudgeUsers(ctx context.Context) { b.sessions.JudgeUsers(ctx) }

// Moved tells that other addresses stand behind some names than before (Config.Gateway.Resolve). Connections to what is not there any
// more end, and are made to what there is.
func (b *Bridge) Moved(names ...string) { b.gateways.Moved(names...) }

// passedOn waits until what clients have sent is with the backends.
func (b *Bridge) passedOn(ctx context.Context) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for b.sessions.Counters().Lingering.Load() > 0 || b.gateways.Lingering() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// ServeHTTP upgrades to a WebSocket and returns; the WebSocket is served until it ends, or Close. A WebSocket that asks for the subprotocol zwb.v1 and
// may not exist is accepted and closed with a code and a reason, because a page sees nothing of an HTTP status.
func (b *Bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		refuseMethod(w, "GET")
		return
	}
	if !isUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a WebSocket endpoint; the subprotocol is "+core.Subprotocol, http.StatusUpgradeRequired)
		return
	}
	if cost.HeaderSize(r) > maxHeaders {
		b.refuseEarly(w, r, "a handshake has at most 32 KiB of headers here", http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	v1 := speaksV1(r)
	if refusal := b.refuse(r); refusal != nil {
		b.hooks.Decided(Decision{What: access.Connect}, r, nil, refusal)
		b.turnAway(w, r, v1, refusal)
		return
	}
	if !v1 && (b.hooks.door.Load().noLegacy || r.Header.Get("Sec-WebSocket-Protocol") != "") {
		b.refuseEarly(w, r, "this bridge speaks the subprotocol "+core.Subprotocol, http.StatusBadRequest)
		return
	}
	conn, err := b.accept(w, r, v1)
	if err != nil {
		b.cfg.Log.Debug("handshake failed", "remote", r.RemoteAddr, "err", err)
		return // Accept has answered
	}
	b.sessions.Begin(conn, r, access.ByClient, v1)
}

// maxHeaders is how large a handshake may be, which is kept for as long as there is a session. It is several times what
// browsers and proxies send.
const maxHeaders = 32 << 10

// accept upgrades, and puts the translator in front of a client of 2012.
func (b *Bridge) accept(w http.ResponseWriter, r *http.Request, v1 bool) (session.Conn, error) {
	door := b.hooks.door.Load()
	opts := wsconn.Options{Limit: int64(core.NewSession(core.SessionConfig{MaxMessage: door.mostFramed}, 0).Limit())} // the session says what it is for it
	if v1 {
		opts.Subprotocol = core.Subprotocol
		return wsconn.Accept(w, r, opts)
	}
	opts.Text = true
	ws, err := wsconn.Accept(w, r, opts)
	if err != nil {
		return nil, err
	}
	return legacy.New(ws, legacy.Config{RequestTimeout: b.cfg.RequestTimeout, MaxMessage: door.maxMessage}), nil
}

// refuseMethod answers a request whose method is none of those that are allowed.
func refuseMethod(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	http.Error(w, "only "+allowed, http.StatusMethodNotAllowed)
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
