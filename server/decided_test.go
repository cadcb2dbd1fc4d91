package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// audience keeps what it was told of.
type audience struct {
	mu   sync.Mutex
	told []Decision
}

func (a *audience) hear(d Decision) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, d)
}

// find waits for a decision, and returns it.
func (a *audience) find(t *testing.T, what string, allowed bool, code string) (found Decision) {
	t.Helper()
	waitFor(t, "a decision: "+what+" "+code, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, d := range a.told {
			if d.What == what && d.Allowed == allowed && d.Code == code {
				found = d
				return true
			}
		}
		return false
	})
	return found
}

// guest is a user whose credentials may be limited.
type guest struct {
	name  string
	until time.Time
}

func (m guest) ExpiresAt() time.Time { return m.until }

// club is a bridge for whoever says a name; the audience hears what is decided.
func club(t *testing.T, change func(*Config)) (a *audience, b *Bridge, url string) {
	a = new(audience)
	echo := startPeer(t, "rep", 0)
	cfg := names{"calc": {echo.address()}, "free": {echo.address()}}.config()
	cfg.Log, cfg.Decided = quiet, a.hear
	cfg.Authenticate = func(_ context.Context, r *http.Request, credentials []byte) (any, error) {
		switch name := strings.Trim(string(credentials), `"`); name {
		case "":
			return guest{name: r.Header.Get("User")}, nil
		case "brief":
			return guest{name: "ann", until: time.Now().Add(300 * time.Millisecond)}, nil
		case "nobody":
			return nil, core.NewError(core.Unauthenticated, "who is that?")
		default:
			return guest{name: name}, nil
		}
	}
	cfg.UserKey = func(user any) string { return user.(guest).name }
	cfg.SameUser = func(a, b any) bool { return a.(guest).name == b.(guest).name }
	cfg.Terms = func(access Access) (Terms, error) {
		if access.Endpoint.Name != "calc" {
			return Terms{}, nil
		}
		return Terms{Admit: func(_ context.Context, m core.Message) (core.Message, error) {
			if string(m[0]) == "no" {
				return nil, core.NewError(core.Denied, "this function is not for you")
			}
			return m, nil
		}}, nil
	}
	if change != nil {
		change(&cfg)
	}
	b, url = startBridge(t, cfg)
	return a, b, url
}

var ann = http.Header{"User": {"ann"}}

// TestDecisionsOfASession: each has the user, the address and the session.
func TestDecisionsOfASession(t *testing.T) {
	t.Parallel()
	a, b, url := club(t, nil)
	p := dial(t, url, ann)
	calc := p.open(core.REQ, "calc", "")
	p.open(core.REQ, "elsewhere", "")
	p.awaitKind(client.EventOpened)
	p.request(calc, "no")
	p.request(calc, "yes")
	p.do(func(c *client.Client) { c.SetCredentials([]byte(`"ann"`)) })
	a.find(t, access.Renew, true, "")
	p.do(func(c *client.Client) { c.SetCredentials([]byte(`"nobody"`)) })
	a.find(t, access.Renew, false, "unauthenticated")
	id := onlySession(t, b).ID
	p.do(func(c *client.Client) { c.SetCredentials([]byte(`"brief"`)) })
	for _, want := range []struct {
		what    string
		allowed bool
		code    string
	}{
		{access.Connect, true, ""}, {access.Open, true, ""}, {access.Open, false, "denied"}, {access.Call, false, "denied"},
		{access.Renew, true, ""}, {access.Renew, false, "unauthenticated"}, {access.Expire, false, "unauthenticated"},
	} {
		d := a.find(t, want.what, want.allowed, want.code)
		if d.User != "ann" || d.Session != id || !strings.HasPrefix(d.Remote, "127.0.0.1:") || d.Time.IsZero() || (d.Reason == "") == (want.code != "") {
			t.Errorf("%+v", d)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.told {
		if d.What == access.Call && d.Allowed {
			t.Error("a call that was allowed is told")
		}
	}
}

// TestWhatStaysIsNoDecision: of what is judged anew only that is told which is not allowed any more.
func TestWhatStaysIsNoDecision(t *testing.T) {
	t.Parallel()
	var forbidden atomic.Bool
	a, b, url := club(t, func(c *Config) {
		allowed := c.ZMQAllowed
		c.ZMQAllowed = func(ctx context.Context, q Access) error {
			if forbidden.Load() && q.Again {
				return core.NewError(core.Denied, "not any more")
			}
			return allowed(ctx, q)
		}
	})
	p := dial(t, url, ann)
	p.open(core.REQ, "calc", "")
	p.awaitKind(client.EventOpened)
	opens := func() (n int) {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, d := range a.told {
			if d.What == access.Open {
				n++
			}
		}
		return n
	}
	before := opens()
	b.Judge(t.Context())
	if n := opens(); n != before {
		t.Errorf("%d decisions were told of what stays", n-before)
	}
	forbidden.Store(true)
	b.Judge(t.Context())
	a.find(t, access.Open, false, "denied")
}

func onlySession(t *testing.T, b *Bridge) Session {
	t.Helper()
	all, _ := b.Sessions(SessionFilter{})
	if len(all) != 1 {
		t.Fatalf("%d sessions", len(all))
	}
	return all[0]
}

// TestDecisionsAtTheDoor: whoever is turned away is told of, with the reason, wherever that happens.
func TestDecisionsAtTheDoor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what   string
		change func(*Config)
		header http.Header
		before int // who is there already
		code   string
		reason string
		user   string
	}{
		{what: "by the hook", change: func(c *Config) { c.WebsocketAllowed = nil }, code: "denied", reason: "lets nobody in"},
		{what: "for the origin", header: http.Header{"Origin": {"https://evil.example"}}, code: "denied", reason: "origin"},
		{what: "because the bridge is full", change: func(c *Config) { c.MaxConnections = 1 }, before: 1, code: "busy", reason: "full"},
		{what: "because the user has enough", change: func(c *Config) { c.MaxConnectionsPerUser = 1 }, header: ann, before: 1, code: "busy", reason: "of this user", user: "ann"},
		{what: "by the credentials", change: func(c *Config) {
			c.Authenticate = func(context.Context, *http.Request, []byte) (any, error) {
				return nil, core.NewError(core.Unauthenticated, "who are you?")
			}
		}, code: "unauthenticated", reason: "who are you?"},
		{what: "for its headers", header: http.Header{"Cookie": {strings.Repeat("x", 40<<10)}}, code: "denied", reason: "32 KiB"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			a, b, url := club(t, tt.change)
			for range tt.before {
				dial(t, url, tt.header)
				waitFor(t, "somebody to be there", func() bool { all, _ := b.Sessions(SessionFilter{}); return len(all) == 1 })
			}
			knock(t, url, tt.header)
			d := a.find(t, access.Connect, false, tt.code)
			if !strings.Contains(d.Reason, tt.reason) || d.User != tt.user || d.Session != "" || !strings.HasPrefix(d.Remote, "127.0.0.1:") {
				t.Errorf("%+v", d)
			}
		})
	}
}

// knock says Hello, and does not mind what becomes of it.
func knock(t *testing.T, url string, header http.Header) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, header, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		return
	}
	t.Cleanup(func() { conn.Drop() })
	c := client.New(client.Config{Agent: "test"}, func(*client.Event) {})
	c.Start(0)
	conn.Write(ctx, c.Take(nil, 0))
}

// TestDecisionsWhenItIsOver: while the bridge drains, when somebody is sent away, and when a client comes back.
func TestDecisionsWhenItIsOver(t *testing.T) {
	t.Parallel()
	a, b, url := club(t, nil)
	p := dial(t, url, ann)
	p.open(core.REQ, "free", "")
	p.awaitKind(client.EventOpened)
	id := onlySession(t, b).ID
	p.cut()
	p.redial(url, ann)
	if d := a.find(t, access.Resume, true, ""); d.User != "ann" || d.Session != id {
		t.Errorf("%+v", d)
	}
	if b.Disconnect(SessionFilter{User: "ann"}, "enough", false) != 1 {
		t.Error("nobody was disconnected")
	}
	if d := a.find(t, access.Disconnect, false, "denied"); d.User != "ann" || d.Session != id || d.Reason != "enough" {
		t.Errorf("%+v", d)
	}
	drained := make(chan error, 1)
	dial(t, url, ann)
	waitFor(t, "another session", func() bool { all, _ := b.Sessions(SessionFilter{}); return len(all) == 1 })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { drained <- b.Drain(ctx, time.Second) }()
	waitFor(t, "the bridge to drain", b.Draining)
	knock(t, url, ann)
	if d := a.find(t, access.Connect, false, "lost"); d.User != "ann" {
		t.Errorf("%+v", d)
	}
	stop() // the other client does not leave
	<-drained
}
