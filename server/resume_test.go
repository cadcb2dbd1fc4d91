package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// TestResume: a page that lost its WebSocket comes back, as often as you like, and nothing has happened: what was
// published meanwhile is there.
func TestResume(t *testing.T) {
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	sub := p.open(core.SUB, pub.address(), "", "t")
	p.awaitKind(client.EventSubscribed)
	pub.tell("t", "before")
	p.awaitKind(client.EventMessage)

	for round := range 3 {
		p.cut()
		waitFor(t, "the bridge to notice", func() bool { return b.Stats().Waiting == 1 })
		text := fmt.Sprint("meanwhile ", round)
		pub.tell("t", text)
		p.redial(url, nil)
		p.awaitKind(client.EventResumed)
		if got := p.awaitMessageOr(client.EventReset, client.EventGap); got.Socket != sub || got.parts[1] != text {
			t.Fatalf("round %d: got %+v", round, got)
		}
	}
	if got := b.Stats(); got.Resumed != 3 || got.ResumesRefused != 0 || got.Waiting != 0 {
		t.Errorf("stats %+v", got)
	}
}

// awaitMessageOr waits for a message, and fails at an event of one of the kinds.
func (p *page) awaitMessageOr(kinds ...client.EventKind) event {
	p.t.Helper()
	got := p.await("message", func(e event) bool { return e.Kind == client.EventMessage || slices.Contains(kinds, e.Kind) })
	if got.Kind != client.EventMessage {
		p.t.Fatalf("got %+v", got)
	}
	return got
}

// TestResumeOfAnAnswer: it waits for the client as long as the session does.
func TestResumeOfAnAnswer(t *testing.T) {
	held := startPeer(t, "held", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, held.address(), "")
	asked := p.ask(req, 0, "q")
	held.hear()
	p.cut()
	waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Waiting == 1 })
	held.tell("q")
	p.redial(url, nil)
	if got := p.answer(asked); got.Kind != client.EventReply || got.parts[0] != "q" {
		t.Errorf("got %+v", got)
	}
}

// TestResumeWhileTheOldLineIsBelievedOpen: the client knows better.
func TestResumeWhileTheOldLineIsBelievedOpen(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, rep.address(), "")
	p.request(req, "a")
	old := p.conn
	oldDone := p.done
	p.mu.Lock()
	p.client.Stop(nil)
	p.mu.Unlock()
	p.redial(url, nil)
	p.awaitKind(client.EventResumed)
	if got := p.request(req, "b"); got.Kind != client.EventReply {
		t.Errorf("got %+v", got)
	}
	<-oldDone // the bridge has ended it
	old.Drop()
	if got := b.Stats(); got.Connections != 1 || got.Resumed != 1 {
		t.Errorf("stats %+v", got)
	}
}

// TestTokens: each is of use once, to its owner, on a page of the same origin, and for a while.
func TestTokens(t *testing.T) {
	users := func(_ context.Context, _ *http.Request, credentials []byte) (any, error) {
		var name string
		if err := json.Unmarshal(credentials, &name); err != nil {
			return nil, core.NewError(core.Unauthenticated, "who?")
		}
		return name, nil
	}
	tests := []struct {
		name   string
		cfg    Config
		spoil  func(t *testing.T, url string, token []byte) (http.Header, string, []byte)
		before func(t *testing.T, b *Bridge)
		want   core.Code
	}{
		{name: "forged", spoil: func(_ *testing.T, _ string, token []byte) (http.Header, string, []byte) {
			return nil, "anna", append(slices.Clone(token[:len(token)-1]), token[len(token)-1]^1)
		}, want: core.Lost},
		{name: "of another user", spoil: func(_ *testing.T, _ string, token []byte) (http.Header, string, []byte) {
			return nil, "mallory", token
		}, want: core.Denied},
		{name: "from another origin", spoil: func(_ *testing.T, url string, token []byte) (http.Header, string, []byte) {
			return http.Header{"Origin": {"https://other.example"}}, "anna", token
		}, want: core.Denied},
		{name: "expired", cfg: Config{Retain: time.Millisecond}, spoil: func(_ *testing.T, _ string, token []byte) (http.Header, string, []byte) {
			return nil, "anna", token
		}, before: func(t *testing.T, b *Bridge) {
			waitFor(t, "the session to expire", func() bool { return b.Stats().SessionsExpired == 1 })
		}, want: core.Lost},
		{name: "endless", spoil: func(*testing.T, string, []byte) (http.Header, string, []byte) {
			return nil, "anna", []byte(strings.Repeat("x", core.MaxName))
		}, want: core.Lost},
		{name: "used", spoil: func(t *testing.T, url string, token []byte) (http.Header, string, []byte) {
			welcome, conn := hello(t, url, nil, "anna", token)
			if welcome.Flags&core.FlagResumed == 0 {
				t.Fatalf("not resumed: %+v", welcome)
			}
			// What says that the new token has arrived.
			if err := conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1})); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			return nil, "anna", token
		}, want: core.Lost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := allowAll(tt.cfg)
			cfg.Authenticate, cfg.Origins, cfg.Log = users, []string{"*"}, quiet
			b, url := startBridge(t, cfg)
			first, conn := hello(t, url, nil, "anna", nil)
			if len(first.Name) < 16 || first.Retain == 0 {
				t.Fatalf("Welcome %+v", first)
			}
			if err := conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1})); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			conn.Drop()
			waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Connections == 0 })
			if tt.before != nil {
				tt.before(t, b)
			}
			header, user, token := tt.spoil(t, url, first.Name)
			welcome, conn := hello(t, url, header, user, token)
			if welcome.Flags&core.FlagResumed != 0 || welcome.Code != tt.want {
				t.Errorf("Welcome %+v, want code %v", welcome, tt.want)
			}
			if got := b.Stats(); got.ResumesRefused != 1 {
				t.Errorf("%d resumes refused", got.ResumesRefused)
			}
			if slices.Equal(welcome.Name, first.Name) {
				t.Error("the old token again")
			}
			conn.Drop()
		})
	}
}

// TestResumeBeforeTheClientWasHeard: the cut came between Welcome and what the client said next.
func TestResumeBeforeTheClientWasHeard(t *testing.T) {
	b, url := startBridge(t, allowAll(Config{}))
	first, conn := hello(t, url, nil, "", nil)
	conn.Drop()
	waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Connections == 0 })
	again, conn := hello(t, url, nil, "", first.Name)
	if again.Flags&core.FlagResumed == 0 {
		t.Errorf("Welcome %+v", again)
	}
	conn.Drop()
}

// hello says Hello on a WebSocket of its own and returns what it was answered.
func hello(t *testing.T, url string, header http.Header, user string, token []byte) (welcome core.Frame, conn *wsconn.Conn) {
	t.Helper()
	conn = dialRaw(t, url, header)
	credentials, _ := json.Marshal(user)
	f := core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 24, Name: token, Params: credentials}
	if err := conn.Write(t.Context(), core.AppendFrame(nil, &f)); err != nil {
		t.Fatal(err)
	}
	batch, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := core.ParseFrame(batch, &welcome); err != nil || welcome.Kind != core.KindWelcome {
		t.Fatalf("%v, %v instead of Welcome", welcome.Kind, err)
	}
	return welcome, conn
}

// TestResumeWithForgedNumbers: a client that cannot count loses its connection, and nobody else anything.
func TestResumeWithForgedNumbers(t *testing.T) {
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	other := dial(t, url, nil)
	other.awaitKind(client.EventReady)
	welcome, conn := hello(t, url, nil, "", nil)
	conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1}))
	conn.Read(t.Context())
	again := dialRaw(t, url, nil)
	f := core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 24, Seq: 7, Name: welcome.Name}
	if err := again.Write(t.Context(), core.AppendFrame(nil, &f)); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Read(t.Context()); closeCode(err) != core.CloseState {
		t.Errorf("closed with %v", err)
	}
	rep := startPeer(t, "rep", 0)
	if got := other.request(other.open(core.REQ, rep.address(), ""), "x"); got.Kind != client.EventReply {
		t.Errorf("got %+v", got)
	}
}

// TestRetentionIsBounded: a session that holds too much for a client that is away ends; so do the oldest of too many.
func TestRetentionIsBounded(t *testing.T) {
	t.Run("per session", func(t *testing.T) {
		pub := startPeer(t, "pub", 0)
		b, url := startBridge(t, allowAll(Config{RetainBytes: 200_000}))
		p := dial(t, url, nil)
		p.open(core.SUB, pub.address(), "", "t")
		p.awaitKind(client.EventSubscribed)
		p.cut()
		waitFor(t, "the cut", func() bool { return b.Stats().Waiting == 1 })
		for range 100 {
			pub.tell("t", strings.Repeat("x", 10_000))
		}
		waitFor(t, "messages to be dropped", func() bool { return b.Stats().Dropped > 50 })
		p.redial(url, nil)
		p.awaitKind(client.EventResumed)
		if got := p.awaitMessageOr(client.EventReset); got.parts[0] != "t" {
			t.Errorf("got %+v", got)
		}
		pub.tell("t", "last")
		if got := p.await("gap", func(e event) bool { return e.Kind == client.EventGap }); got.Missed < 50 || got.Code != core.Busy {
			t.Errorf("gap %+v", got)
		}
	})
	t.Run("in number", func(t *testing.T) {
		b, url := startBridge(t, allowAll(Config{MaxConnections: 3}))
		for range 5 {
			p := dial(t, url, nil)
			p.awaitKind(client.EventReady)
			p.cut()
			waitFor(t, "the cut", func() bool { return b.Stats().Connections == 0 })
		}
		waitFor(t, "the oldest to be dropped", func() bool { return b.Stats().Waiting == 3 })
		if got := b.Stats(); got.SessionsDropped != 2 {
			t.Errorf("%d dropped", got.SessionsDropped)
		}
	})
}

// TestNoResume: a bridge that keeps nothing says so.
func TestNoResume(t *testing.T) {
	_, url := startBridge(t, allowAll(Config{NoResume: true}))
	welcome, conn := hello(t, url, nil, "", nil)
	if len(welcome.Name) != 0 || welcome.Retain != 0 {
		t.Errorf("Welcome %+v", welcome)
	}
	conn.Drop()
}

// dialRaw opens a WebSocket that the test speaks on itself.
func dialRaw(t *testing.T, url string, header http.Header) *wsconn.Conn {
	t.Helper()
	conn, err := wsconn.Dial(t.Context(), url, header, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Drop() })
	return conn
}

// TestResumeFlood: a session that is resumed again and again costs its client the connection, and nobody else anything.
func TestResumeFlood(t *testing.T) {
	const burst = 100 // resumes that may follow at once
	b, url := startBridge(t, allowAll(Config{Log: quiet}))
	other := dial(t, url, nil)
	other.awaitKind(client.EventReady)
	welcome, _ := hello(t, url, nil, "", nil)
	for n := 0; ; n++ {
		conn := dialRaw(t, url, nil)
		f := core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 24, Name: welcome.Name}
		if err := conn.Write(t.Context(), core.AppendFrame(nil, &f)); err != nil {
			t.Fatal(err)
		}
		batch, err := conn.Read(t.Context())
		if err != nil {
			if closeCode(err) != core.CloseOverloaded || n < burst {
				t.Errorf("after %d: %v", n, err)
			}
			break
		}
		if _, err := core.ParseFrame(batch, &welcome); err != nil || welcome.Flags&core.FlagResumed == 0 {
			t.Fatalf("after %d: Welcome %+v, %v", n, welcome, err)
		}
	}
	rep := startPeer(t, "rep", 0)
	if got := other.request(other.open(core.REQ, rep.address(), ""), "x"); got.Kind != client.EventReply {
		t.Errorf("got %+v", got)
	}
	if got := b.Stats().Resumed; got < burst {
		t.Errorf("%d resumed", got)
	}
}

// TestHelloThatWasOvertaken: a client gives an attempt up and makes another, and the first arrives after all. The token
// that it got by the second is of use none the less.
func TestHelloThatWasOvertaken(t *testing.T) {
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	first, conn := hello(t, url, nil, "", nil)
	conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1}))
	conn.Read(t.Context())
	second, _ := hello(t, url, nil, "", first.Name)
	late, _ := hello(t, url, nil, "", first.Name)
	third, conn := hello(t, url, nil, "", second.Name)
	for i, welcome := range []core.Frame{second, late, third} {
		if welcome.Flags&core.FlagResumed == 0 {
			t.Errorf("Welcome %d: %+v", i, welcome)
		}
	}
	conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1}))
	conn.Read(t.Context())
	for name, token := range map[string][]byte{"first": first.Name, "second": second.Name, "late": late.Name} {
		if welcome, _ := hello(t, url, nil, "", token); welcome.Flags&core.FlagResumed != 0 {
			t.Errorf("the %s token is of use after a later one was", name)
		}
	}
}
