package sessiontest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
)

// Bridge is a session.Registry with limits that no test meets, and what a test says of sockets.
type Bridge struct {
	*session.Registry
	t testing.TB
}

// NewBridge makes a Bridge, which ends with the test. newSocket is that of session.Host.
func NewBridge(t testing.TB, newSocket func(h *session.Handle, open *core.Frame) session.Socket) *Bridge {
	return NewBridgeFor(t, Anybody{}, newSocket)
}

// Users says who is who, as session.Host does.
type Users interface {
	Authenticate(ctx context.Context, r *http.Request, credentials []byte) (any, *core.CloseError)
	Recheck(ctx context.Context, r *http.Request, user any) (any, *core.CloseError)
	SameUser(owner, user any) bool
}

// NewBridgeFor is NewBridge with users.
func NewBridgeFor(t testing.TB, users Users, newSocket func(h *session.Handle, open *core.Frame) session.Socket) *Bridge {
	return newBridge(t, users, nil, newSocket)
}

// NewBridgeWith is NewBridge with a place where sessions wait that go to other bridges.
func NewBridgeWith(t testing.TB, depot moving.Depot, newSocket func(h *session.Handle, open *core.Frame) session.Socket) *Bridge {
	return newBridge(t, Anybody{}, depot, newSocket)
}

func newBridge(t testing.TB, users Users, depot moving.Depot, newSocket func(h *session.Handle, open *core.Frame) session.Socket) *Bridge {
	b := &Bridge{t: t, Registry: session.NewRegistry(session.Config{
		Agent: "test", Log: slog.New(slog.DiscardHandler),
		Limits:    session.Limits{MaxConnections: 100, MaxSockets: 2000, MaxQueued: 64 << 20, Memory: 1 << 30, MaxMessage: 1 << 20, Retain: Patience},
		Heartbeat: time.Hour, HelloTimeout: Patience, HookTimeout: Patience, WriteTimeout: Patience,
		RetainBytes: 1 << 20, RetainTotal: 1 << 20, Depot: depot,
	}, host{users, newSocket})}
	t.Cleanup(b.Close)
	return b
}

// Client is a new client, which was welcomed. Its session ends with its connection.
func (b *Bridge) Client() *Client {
	b.t.Helper()
	c := New(b.t)
	go b.Serve(c, Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	return c
}

// Handshake is what comes before a WebSocket.
func Handshake() *http.Request { return httptest.NewRequest(http.MethodGet, "/data", nil) }

// host is what the sessions belong to.
type host struct {
	Users
	newSocket func(*session.Handle, *core.Frame) session.Socket
}

// Anybody lets everybody in.
type Anybody struct{}

func (Anybody) Authenticate(context.Context, *http.Request, []byte) (any, *core.CloseError) {
	return nil, nil
}

func (Anybody) Recheck(_ context.Context, _ *http.Request, user any) (any, *core.CloseError) {
	return user, nil
}

func (Anybody) SameUser(owner, user any) bool { return true }

func (h host) Authenticate(ctx context.Context, r *http.Request, _ string, credentials []byte) (any, *core.CloseError) {
	return h.Users.Authenticate(ctx, r, credentials)
}

func (host) Decided(access.Decision, *http.Request, any, *core.CloseError) {}

func (host) UserKey(user any) string { return "" }

func (host) Waits(user any) bool { return false }

func (h host) NewSocket(handle *session.Handle, open *core.Frame) session.Socket {
	return h.newSocket(handle, open)
}
