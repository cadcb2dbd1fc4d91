package admin

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// busy is a scene in which something of everything has happened.
func busy(t *testing.T) *scene {
	s := newScene(t)
	alice := s.dial("alice")
	s.hear(alice, "prices", "fx.")
	s.hear(alice, s.raw, "")
	if err := s.request(alice, "calc"); err != nil {
		t.Fatal(err)
	}
	if err := s.request(alice, "vault"); core.CodeOf(err) != core.Denied {
		t.Fatalf("the vault answered %v", err)
	}
	if err := s.request(alice, "made-up-by-a-client"); core.CodeOf(err) != core.Denied {
		t.Fatalf("an endpoint that there is not answered %v", err)
	}
	return s
}

func TestMetrics(t *testing.T) {
	s := busy(t)
	status, text := s.ask("GET", "/metrics", "")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "zwb_") { // the others are the library's own
			t.Errorf("promlint on %s: %s", p.Metric, p.Text)
		}
	}
	for _, line := range []string{
		`zwb_connections 1`,
		`zwb_connections_total 1`,
		`zwb_sockets{type="SUB"} 2`,
		`zwb_endpoint_sessions{endpoint="prices"} 1`,
		`zwb_backend_reconnects_total{endpoint="prices"} 0`,
		`zwb_backend_up{endpoint="prices"} 1`,
		`zwb_endpoint_memory_bytes{endpoint="prices",what="history"} 0`,
		`zwb_messages_total{direction="from_clients",endpoint="calc"} 1`,
		`zwb_messages_total{direction="to_clients",endpoint="calc"} 1`,
		`zwb_message_bytes_total{direction="from_clients",endpoint="calc"} 15`,
		`zwb_request_duration_seconds_count{endpoint="calc"} 1`,
		`zwb_requests_total{code="ok",endpoint="calc"} 1`,
		`zwb_refusals_total{code="denied",endpoint="vault"} 1`,
		`zwb_refusals_total{code="denied",endpoint="(unknown)"} 1`,
		`zwb_limit_hits_total{limit="memory"} 0`,
		`zwb_reloads_total{result="taken"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
	for _, pattern := range []string{`zwb_messages_total\{direction="to_clients",endpoint="prices"\} [1-9]`, `zwb_messages_total\{direction="to_clients",endpoint="\(raw\)"\} [1-9]`,
		`zwb_memory_bytes\{what="connections"\} [1-9]`} {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("nothing fits %s", pattern)
		}
	}
	for _, secret := range []string{"alice", "127.0.0.1", "made-up"} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics speak of %q", secret)
		}
	}
}

// TestEveryMetricIsExported: what dashboards may use is there from the start, or is when there is an endpoint of its kind.
func TestEveryMetricIsExported(t *testing.T) {
	_, text := busy(t).ask("GET", "/metrics", "")
	for _, name := range names {
		alone := strings.HasPrefix(name, "zwb_cluster_") // a bridge that is has none of them
		if strings.Contains(text, "# HELP "+name+" ") == alone {
			t.Errorf("%s is defined and never exported, or is exported by a bridge that is alone", name)
		}
	}
}

// TestDashboard: it uses only metrics that exist.
func TestDashboard(t *testing.T) {
	dashboard, err := os.ReadFile(filepath.Join("..", "..", "examples", "grafana", "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`\bzwb_[a-z0-9_]+`).FindAllString(string(dashboard), -1)
	if len(used) < 10 {
		t.Fatalf("the dashboard uses %d metrics", len(used))
	}
	for _, name := range used {
		if base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, ""); !slices.Contains(names, name) && !slices.Contains(names, base) {
			t.Errorf("there is no metric %s", name)
		}
	}
}

func TestFence(t *testing.T) {
	s := newScene(t)
	bearer, own := []string{"Authorization", "Bearer " + adminToken}, []string{"X-Zwb-Token", adminToken}
	for _, c := range []struct {
		name, method, path string
		header             []string
		want               int
	}{
		{"metrics without a token", "GET", "/metrics", nil, 200},
		{"livez", "GET", "/livez", nil, 200},
		{"readyz", "GET", "/readyz", nil, 200},
		{"the page", "GET", "/", nil, 200},
		{"its script", "GET", "/admin.js", nil, 200},
		{"a file that is none", "GET", "/doc.go", nil, 404},
		{"JSON without a token", "GET", "/api/stats", nil, 401},
		{"with another token", "GET", "/api/stats", []string{"X-Zwb-Token", "another"}, 401},
		{"with an empty token", "GET", "/api/stats", []string{"Authorization", "Bearer "}, 401},
		{"the token in a cookie", "GET", "/api/stats", []string{"Cookie", "token=" + adminToken}, 401},
		{"the token in the query", "GET", "/api/stats?token=" + adminToken, nil, 401},
		{"bearer", "GET", "/api/stats", bearer, 200},
		{"a header of its own", "GET", "/api/stats", own, 200},
		{"profiles without a token", "GET", "/debug/pprof/", nil, 401},
		{"profiles", "GET", "/debug/pprof/", own, 200},
		{"something that does not exist, without a token", "GET", "/api/nothing", nil, 401},
		{"something that does not exist", "GET", "/api/nothing", own, 404},
		{"explain without a token", "POST", "/api/explain", nil, 401},
		{"disconnect without a token", "POST", "/api/users/alice/disconnect", nil, 401},
		{"disconnect by GET", "GET", "/api/users/alice/disconnect", own, 405},
		{"a rebound name", "GET", "/metrics", []string{"Host", "evil.example.com"}, 421},
		{"a rebound name with the token", "GET", "/api/stats", append([]string{"Host", "evil.example.com:8001"}, own...), 421},
		{"the bridge's own name", "GET", "/metrics", []string{"Host", "Bridge.Example.Org:8001"}, 200},
		{"localhost", "GET", "/metrics", []string{"Host", "localhost:8001"}, 200},
		{"a preflight", "OPTIONS", "/api/stats", []string{"Origin", "https://evil.example.com", "Access-Control-Request-Headers", "x-zwb-token"}, 401},
	} {
		if status, text := s.ask(c.method, c.path, "", c.header...); status != c.want {
			t.Errorf("%s: %d, not %d: %.100s", c.name, status, c.want, text)
		}
	}
}

// TestOtherSitesLearnNothing: no answer lets a page of another origin read it, frame it, or run a script in it.
func TestOtherSitesLearnNothing(t *testing.T) {
	s := newScene(t)
	for _, path := range []string{"/", "/metrics", "/api/stats", "/nothing"} {
		r, err := http.NewRequestWithContext(s.context(), "GET", s.web+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://evil.example.com")
		r.Header.Set("X-Zwb-Token", adminToken)
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		h := got.Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		if h.Get("Cross-Origin-Resource-Policy") != "same-origin" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
		for name := range h {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s: %s", path, name, h.Get(name))
			}
		}
	}
}

func TestWithoutATokenNothingIsOpen(t *testing.T) {
	f := newFence("", nil)
	r := &http.Request{Header: http.Header{"X-Zwb-Token": {""}}}
	if f.accepts(r) || f.accepts(&http.Request{Header: http.Header{}}) {
		t.Error("an empty token is accepted where there is none")
	}
}

func TestTokenFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	for text, want := range map[string]bool{"short\n": false, "": false, "  0123456789abcdef\n": true} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if token, err := ReadToken(name); (err == nil) != want || want && token != strings.TrimSpace(text) {
			t.Errorf("%q: %q, %v", text, token, err)
		}
	}
	if _, err := ReadToken(name + ".none"); err == nil {
		t.Error("a file that is not there has a token")
	}
	if a, b := NewToken(), NewToken(); a == b || len(a) < 2*shortest {
		t.Errorf("tokens are %q and %q", a, b)
	}
}

func TestReady(t *testing.T) {
	s := newScene(t)
	if status, text := s.ask("GET", "/readyz", ""); status != 200 || !strings.HasPrefix(text, "ready\n") {
		t.Errorf("%d %s", status, text)
	}
	s.troubles = []string{"the disk is full"}
	if status, text := s.ask("GET", "/readyz", ""); status != 503 || !strings.Contains(text, "because the disk is full") {
		t.Errorf("%d %s", status, text)
	}
	s.troubles = nil
	if err := s.bridge.Drain(s.context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if status, text := s.ask("GET", "/readyz", ""); status != 503 || !strings.Contains(text, "shutting down") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := s.ask("GET", "/livez", ""); status != 200 {
		t.Errorf("a bridge that drains is alive: %d", status)
	}
}

// page is what /api/sessions answers.
type page struct {
	Sessions []server.Session
	More     bool
}

func TestSessions(t *testing.T) {
	s := busy(t)
	bob := s.dial("bob")
	s.hear(bob, "prices", "fx.")
	var all, byUser, first, rest, nobody page
	s.json("GET", "/api/sessions", "", &all)
	if len(all.Sessions) != 2 || all.More {
		t.Fatalf("%+v", all)
	}
	s.json("GET", "/api/sessions?user=bob&endpoint=prices", "", &byUser)
	if len(byUser.Sessions) != 1 {
		t.Fatalf("of bob there are %+v", byUser)
	}
	got := byUser.Sessions[0]
	if got.User != "bob" || got.IP != "127.0.0.1" || got.State != "connected" || got.Held == 0 || len(got.Sockets) != 1 || time.Since(got.Since) > time.Minute {
		t.Errorf("bob's session is %+v", got)
	}
	socket := got.Sockets[0]
	if socket.Type != "SUB" || socket.Subscriptions != 1 || socket.Messages == 0 || len(socket.Endpoints) != 1 ||
		socket.Endpoints[0].Endpoint != "prices" || socket.Endpoints[0].State != "up" {
		t.Errorf("his socket is %+v", socket)
	}
	s.json("GET", "/api/sessions?most=1", "", &first)
	if len(first.Sessions) != 1 || !first.More {
		t.Fatalf("the first page is %+v", first)
	}
	s.json("GET", "/api/sessions?most=1&after="+first.Sessions[0].ID, "", &rest)
	if len(rest.Sessions) != 1 || rest.More || rest.Sessions[0].ID == first.Sessions[0].ID {
		t.Errorf("the second page is %+v", rest)
	}
	s.json("GET", "/api/sessions?user=nobody", "", &nobody)
	if nobody.Sessions == nil || len(nobody.Sessions) != 0 {
		t.Errorf("of nobody there are %+v", nobody)
	}
	var details struct {
		server.Session
		Decisions []access.Decision
	}
	s.json("GET", "/api/sessions/"+got.ID, "", &details)
	if details.User != "bob" || !slices.ContainsFunc(details.Decisions, func(d access.Decision) bool {
		return d.What == access.Subscribe && d.Prefix == "fx." && d.Allowed && d.User == "bob"
	}) {
		t.Errorf("in detail: %+v", details)
	}
}

func TestDisconnect(t *testing.T) {
	s := newScene(t)
	alice, bob, again := s.dial("alice"), s.dial("bob"), s.dial("bob")
	s.hear(alice, "prices", "fx.")
	var all page
	s.json("GET", "/api/sessions?user=alice", "", &all)
	var ended struct{ Ended int }
	if status := s.json("POST", "/api/users/bob/disconnect", `{"reason": "good night"}`, &ended); status != 200 || ended.Ended != 2 {
		t.Errorf("%d, %d ended", status, ended.Ended)
	}
	for _, c := range []func() error{func() error { return s.request(bob, "calc") }, func() error { return s.request(again, "calc") }} {
		if err := c(); err == nil || !strings.Contains(err.Error(), "good night") {
			t.Errorf("bob is told %v", err)
		}
	}
	if err := s.request(alice, "calc"); err != nil {
		t.Errorf("alice is told %v", err)
	}
	if status := s.json("POST", "/api/sessions/"+all.Sessions[0].ID+"/disconnect", "", &ended); status != 200 || ended.Ended != 1 {
		t.Errorf("%d, %d ended", status, ended.Ended)
	}
	wait.For(t, "alice to be gone", func() bool {
		s.json("GET", "/api/sessions", "", &all)
		return len(all.Sessions) == 0
	})
	for _, path := range []string{"/api/sessions/0000000000000000/disconnect", "/api/users/nobody/disconnect"} {
		if status := s.json("POST", path, "", nil); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status := s.json("POST", "/api/users/alice/disconnect", `{"raeson": "a mistake"}`, nil); status != 400 {
		t.Errorf("a key that there is not: %d", status)
	}
}

// A client that may come back does.
func TestDisconnectForAMoment(t *testing.T) {
	s := newScene(t)
	bob := s.dial("bob")
	s.hear(bob, "prices", "fx.")
	s.json("POST", "/api/users/bob/disconnect", `{"return": true}`, new(struct{}))
	wait.For(t, "bob to be back", func() bool { return s.bridge.Stats().ConnectionsTotal == 2 })
	if err := s.request(bob, "calc"); err != nil {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		name, question string
		allowed        bool
		says           string
	}{
		{"a topic", `{"user": "eve", "type": "SUB", "endpoint": "prices", "prefix": "fx.eur"}`, true, "allows it"},
		{"another's topic", `{"user": "eve", "type": "sub", "endpoint": "prices", "prefix": "user.bob."}`, false, "user.eve."},
		{"a condition", `{"user": "eve", "type": "REQ", "endpoint": "vault"}`, false, "does not hold"},
		{"one that holds", `{"user": "root", "type": "REQ", "endpoint": "vault"}`, true, "holds"},
		{"a function", `{"user": "root", "type": "REQ", "endpoint": "vault", "prefix": "open"}`, true, "functions are not looked at"},
		{"no such endpoint", `{"type": "REQ", "endpoint": "nothing"}`, false, "no endpoint of this name"},
	} {
		var got explanation
		if status := s.json("POST", "/api/explain", c.question, &got); status != 200 {
			t.Errorf("%s: %d", c.name, status)
			continue
		}
		says := slices.ContainsFunc(got.Steps, func(s step) bool { return strings.Contains(s.Text, c.says) })
		if got.Allowed != c.allowed || !says {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	for _, wrong := range []string{`{"type": "NEW", "endpoint": "prices"}`, `{"type": "SUB", "endpoint": ""}`, `{"type": "SUB", "endpoint": "prices", "params": 7}`, `[`} {
		if status := s.json("POST", "/api/explain", wrong, nil); status != 400 {
			t.Errorf("%s: %d", wrong, status)
		}
	}
}

// TestNoSecretsInLogs: neither a log nor the audit has a token, a credential, or what is in a message, whatever happens.
func TestNoSecretsInLogs(t *testing.T) {
	s := busy(t)
	s.ask("GET", "/api/stats", "", "X-Zwb-Token", adminToken+"x")
	s.ask("GET", "/api/stats?token="+adminToken, "")
	s.json("POST", "/api/users/alice/disconnect", "", new(struct{}))
	header := http.Header{"Cookie": {secretHeader}}
	r, _ := http.NewRequestWithContext(context.Background(), "GET", "http"+strings.TrimPrefix(s.ws, "ws"), nil)
	r.Header = header
	if got, err := http.DefaultClient.Do(r); err == nil {
		got.Body.Close()
	}
	s.bridge.Close()
	s.decided.Close()
	logs, lines := s.logs.String(), s.audit.String()
	for _, secret := range []string{adminToken, secretPart, secretLogin, secretHeader, secretRequest} {
		if strings.Contains(logs, secret) {
			t.Errorf("the log has %q", secret)
		}
		if strings.Contains(lines, secret) {
			t.Errorf("the audit has %q", secret)
		}
	}
	for _, want := range []string{`"user":"alice"`, `"endpoint":"vault"`, `"allowed":false`} {
		if !strings.Contains(lines, want) {
			t.Errorf("the audit does not have %s: %s", want, lines)
		}
	}
	if !strings.Contains(logs, "disconnected over the admin listener") {
		t.Error("the log does not say who was disconnected")
	}
}

// TestCountersOnlyGrow: what a client was sent still counts when it has gone.
func TestCountersOnlyGrow(t *testing.T) {
	s := newScene(t)
	heard := func(endpoint string) (n float64) {
		t.Helper()
		_, text := s.ask("GET", "/metrics", "")
		m := regexp.MustCompile(`zwb_messages_total\{direction="to_clients",endpoint="` + endpoint + `"\} (\S+)`).FindStringSubmatch(text)
		if m == nil {
			return 0
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := 0.0
	for range 3 {
		c := s.dial("alice")
		s.hear(c, "prices", "fx.")
		if err := s.request(c, "calc"); err != nil {
			t.Fatal(err)
		}
		now := heard("prices")
		if now <= before {
			t.Errorf("after one more message there are %v, and there were %v", now, before)
		}
		before = now
		c.Close()
		wait.For(t, "the client to be gone", func() bool { return s.bridge.Stats().Sockets == 0 })
		if now = heard("prices"); now < before {
			t.Errorf("after the client has gone there are %v, and there were %v", now, before)
		}
		before = now
	}
	if now := heard("calc"); now != 3 {
		t.Errorf("there were %v answers, not 3", now)
	}
}
