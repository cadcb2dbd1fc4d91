package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// startBehindProxy serves a bridge to clients that say themselves where they come from.
func startBehindProxy(t *testing.T, cfg Config) (b *Bridge, url string) {
	t.Helper()
	b = New(cfg)
	web := httptest.NewServer(Forwarded([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil, b))
	t.Cleanup(web.Close)
	t.Cleanup(b.Close)
	return b, "ws" + strings.TrimPrefix(web.URL, "http")
}

func from(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }

func TestConnectionsOfOneAddress(t *testing.T) {
	t.Parallel()
	b, url := startBehindProxy(t, allowAll(Config{Log: quiet, MaxConnectionsPerIP: 2}))
	join := func(address string) *page { // and wait until it is counted, which may be after it has been let in
		before := b.Stats().ConnectionsTotal
		p := dial(t, url, from(address))
		waitFor(t, "the connection of "+address, func() bool { return b.Stats().ConnectionsTotal > before })
		return p
	}
	first := join("192.0.2.1")
	join("192.0.2.1")
	refused := func(address string) bool {
		conn, err := wsconn.Dial(t.Context(), url, from(address), wsconn.Options{Subprotocol: core.Subprotocol})
		if err != nil {
			return true
		}
		defer conn.Drop()
		_, err = conn.Read(t.Context())
		return closeCode(err) == core.CloseOverloaded
	}
	if !refused("192.0.2.1") {
		t.Error("a third connection from one address")
	}
	join("192.0.2.2")
	join("2001:db8::1")
	join("2001:db8::2")
	if !refused("2001:db8::ffff") {
		t.Error("a third connection from one network")
	}
	join("2001:db8:0:1::1")
	join("127.0.0.1")
	join("127.0.0.1")
	join("127.0.0.1") // loopback addresses are not counted
	first.leave()
	<-first.done
	waitFor(t, "the place of who has left", func() bool { return b.Stats().Connections == 8 })
	join("192.0.2.1")
	if got := b.Stats().Limits["connections_per_ip"]; got != 2 {
		t.Errorf("%d refused", got)
	}
}

func TestConnectionsOfOneUser(t *testing.T) {
	t.Parallel()
	cfg := allowAll(Config{Log: quiet, MaxConnectionsPerUser: 1})
	cfg.Authenticate = func(_ context.Context, r *http.Request, _ []byte) (any, error) { return r.Header.Get("User"), nil }
	cfg.UserKey = func(user any) string { return user.(string) }
	b, url := startBridge(t, cfg)
	user := func(name string) http.Header { return http.Header{"User": {name}} }
	first := dial(t, url, user("bob"))
	first.open(core.SUB, "tcp://127.0.0.1:1", "")
	first.awaitKind(client.EventDown) // it has been welcomed
	second := dial(t, url, user("bob"))
	if got := second.awaitClose(); got != core.CloseOverloaded {
		t.Errorf("the second connection of a user: closed with %d", got)
	}
	other := dial(t, url, user("eve"))
	other.open(core.SUB, "tcp://127.0.0.1:1", "")
	other.awaitKind(client.EventDown)
	first.leave()
	waitFor(t, "the place of who has left", func() bool { return b.Stats().Connections == 1 })
	third := dial(t, url, user("bob"))
	third.open(core.SUB, "tcp://127.0.0.1:1", "")
	third.awaitKind(client.EventDown)
}

// elsewhere is what other bridges have of users.
type elsewhere struct {
	mu      sync.Mutex
	there   map[string]int
	changed map[string]bool
}

func (e *elsewhere) Elsewhere(user string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.there[user]
}

func (e *elsewhere) Changed(user string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changed[user] = true
}

// TestConnectionsElsewhere count for the limit of a user, and other bridges are told of who comes and goes.
func TestConnectionsElsewhere(t *testing.T) {
	t.Parallel()
	others := &elsewhere{there: map[string]int{"bob": 2}, changed: map[string]bool{}}
	cfg := allowAll(Config{Log: quiet, MaxConnectionsPerUser: 2, Others: others})
	cfg.Authenticate = func(_ context.Context, r *http.Request, _ []byte) (any, error) { return r.Header.Get("User"), nil }
	cfg.UserKey = func(user any) string { return user.(string) }
	b, url := startBridge(t, cfg)
	user := func(name string) http.Header { return http.Header{"User": {name}} }
	if got := dial(t, url, user("bob")).awaitClose(); got != core.CloseOverloaded {
		t.Errorf("who has enough at other bridges: closed with %d", got)
	}
	eve := dial(t, url, user("eve"))
	eve.open(core.SUB, "tcp://127.0.0.1:1", "")
	eve.awaitKind(client.EventDown)
	if b.UserConnections("eve") != 1 || b.UserConnections("bob") != 0 {
		t.Errorf("eve has %d and bob %d connections", b.UserConnections("eve"), b.UserConnections("bob"))
	}
	told := func() bool {
		others.mu.Lock()
		defer others.mu.Unlock()
		is := others.changed["eve"]
		delete(others.changed, "eve")
		return is
	}
	if !told() {
		t.Error("nobody is told that eve is here")
	}
	eve.leave()
	waitFor(t, "it to be told that eve has gone", told)
	if b.UserConnections("eve") != 0 {
		t.Error("eve counts on")
	}
}

// TestClientThatSendsTooFast is read more slowly, and loses nothing.
func TestClientThatSendsTooFast(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	const rate, requests = 50, 100
	b, url := startBridge(t, allowAll(Config{MessageRate: rate}))
	p := dial(t, url, nil)
	calc := p.open(core.REQ, echo.address(), "")
	p.awaitKind(client.EventOpened)
	begun := time.Now()
	ids := make([]uint64, requests)
	for i := range ids {
		ids[i] = p.ask(calc, time.Minute, strconv.Itoa(i))
	}
	for i, id := range ids {
		if got := p.answer(id); got.Kind != client.EventReply || got.parts[0] != strconv.Itoa(i) {
			t.Fatalf("%+v", got)
		}
	}
	// What arrived in one piece is handled at once, however much it is; it is paid for before anything else is read.
	p.request(calc, "the last one")
	if took, least := time.Since(begun), (requests-rate)*time.Second/rate; took < least*9/10 {
		t.Errorf("%d requests took %v, at least %v was to be waited", requests, took, least)
	}
	if b.Stats().Limits["rate"] == 0 {
		t.Error("it is not counted")
	}
}

func TestClientThatSendsMuchTooFast(t *testing.T) {
	t.Parallel()
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	b, url := startBridge(t, allowAll(Config{Log: quiet, ByteRate: 1000}))
	p := dial(t, url, nil)
	push := p.open(core.PUSH, worker.address(), "")
	p.awaitKind(client.EventOpened)
	p.send(push, strings.Repeat("x", 100_000))
	if got := p.awaitClose(); got != core.CloseOverloaded {
		t.Errorf("closed with %d", got)
	}
	if n := b.Stats().Limits["too_fast"]; n != 1 {
		t.Errorf("%d were counted", n)
	}
}
