package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

const patience = 10 * time.Second // what a test waits before it fails; nothing is expected to take that long

// allowAll lets everybody do everything.
func allowAll(cfg Config) Config {
	if cfg.WebsocketAllowed == nil {
		cfg.WebsocketAllowed = func(*http.Request) error { return nil }
	}
	if cfg.ZMQAllowed == nil {
		cfg.ZMQAllowed = func(context.Context, Access) error { return nil }
	}
	return cfg
}

// startBridge serves a bridge for the length of a test.
func startBridge(t *testing.T, cfg Config) (b *Bridge, url string) {
	t.Helper()
	b = New(cfg)
	web := httptest.NewServer(b)
	t.Cleanup(web.Close)
	t.Cleanup(b.Close)
	return b, "ws" + strings.TrimPrefix(web.URL, "http")
}

// event is a client.Event that may be kept.
type event struct {
	client.Event
	parts []string
}

// page is a client as a page has it, which keeps the events.
type page struct {
	engine
	events []event // guarded by the engine's lock
}

// dial makes a page, whose engine is never told the time.
func dial(t *testing.T, url string, header http.Header) *page {
	t.Helper()
	p := &page{}
	p.engine = newEngine(t, client.Config{Agent: "test"}, func() time.Duration { return 0 }, func(e *client.Event) {
		kept := event{Event: *e}
		kept.Text = slices.Clone(e.Text)
		for _, part := range e.Parts {
			kept.parts = append(kept.parts, string(part))
		}
		p.events = append(p.events, kept)
	})
	p.redial(url, header)
	t.Cleanup(p.leave)
	return p
}

// await returns the first event that fits, and forgets it and all before it.
func (p *page) await(what string, fits func(event) bool) event {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		for i, e := range p.events {
			if fits(e) {
				p.events = p.events[i+1:]
				p.mu.Unlock()
				return e
			}
		}
		ended := p.ended
		p.mu.Unlock()
		if ended != nil {
			p.t.Fatalf("waiting for %s, the connection ended: %v", what, ended)
		}
		select {
		case <-p.news:
		case <-deadline:
			p.t.Fatalf("no %s; seen: %+v", what, p.events)
		}
	}
}

func (p *page) awaitKind(kind client.EventKind) event {
	p.t.Helper()
	return p.await("event kind", func(e event) bool { return e.Kind == kind })
}

// awaitClose returns the code the bridge closed with.
func (p *page) awaitClose() core.CloseCode {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatal("the bridge did not close the connection")
	}
	var closed *core.CloseError
	if !errors.As(p.ended, &closed) {
		p.t.Fatalf("the connection ended without a close code: %v", p.ended)
	}
	return closed.Close
}

// open makes a socket and connects it.
func (p *page) open(typ core.SocketType, address, params string, prefixes ...string) uint32 {
	p.t.Helper()
	return p.subscribed(typ, "the-page", client.SubscribeOptions{}, prefixes, func(c *client.Client, id uint32) error {
		join := c.Connect
		if typ == core.REP {
			join = c.Bind
		}
		_, err := join(id, address, []byte(params))
		return err
	})
}

// request asks and waits for the answer.
func (p *page) request(socket uint32, parts ...string) event {
	p.t.Helper()
	return p.answer(p.ask(socket, 0, parts...))
}

func (p *page) ask(socket uint32, timeout time.Duration, parts ...string) (request uint64) {
	p.t.Helper()
	var m core.Message
	for _, part := range parts {
		m = append(m, []byte(part))
	}
	p.do(func(c *client.Client) {
		var err error
		if request, err = c.Request(socket, m, client.RequestOptions{Timeout: timeout}, 0); err != nil {
			// The refusal was here first. To who waits for the answer it is all one.
			p.events = append(p.events, event{Event: client.Event{Kind: client.EventFailed, Socket: socket, Code: core.CodeOf(err)}})
		}
	})
	return request
}

func (p *page) answer(request uint64) event {
	p.t.Helper()
	return p.await("answer", func(e event) bool {
		return e.ID == request && (e.Kind == client.EventReply || e.Kind == client.EventFailed)
	})
}

// dialMute opens a WebSocket and leaves it at that.
func dialMute(t *testing.T, url string) *wsconn.Conn {
	t.Helper()
	conn, err := wsconn.Dial(t.Context(), url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Drop() })
	return conn
}

func closeCode(err error) core.CloseCode {
	var closed *core.CloseError
	if errors.As(err, &closed) {
		return closed.Close
	}
	return 0
}

// waitFor polls for a condition that nothing announces.
func waitFor(t *testing.T, what string, holds func() bool) { t.Helper(); wait.For(t, what, holds) }
