package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
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

// page is a client as a page has it: the engine of core over a real WebSocket.
type page struct {
	t    *testing.T
	conn *wsconn.Conn
	done chan struct{}

	mu     sync.Mutex
	client *client.Client
	events []event
	ended  error
	news   chan struct{}
}

func dial(t *testing.T, url string, header http.Header) *page {
	t.Helper()
	p := &page{t: t, news: make(chan struct{}, 1)}
	p.client = client.New(client.Config{Agent: "test"}, func(e *client.Event) {
		kept := event{Event: *e}
		kept.Text = slices.Clone(e.Text)
		for _, part := range e.Parts {
			kept.parts = append(kept.parts, string(part))
		}
		p.events = append(p.events, kept)
	})
	p.redial(url, header)
	t.Cleanup(func() {
		p.conn.Close(core.CloseNormal, "")
		<-p.done
	})
	return p
}

// redial puts the page on another WebSocket.
func (p *page) redial(url string, header http.Header) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, header, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.conn, p.done, p.ended = conn, make(chan struct{}), nil
	p.client.Start(0)
	p.mu.Unlock()
	go p.read(conn, p.done)
	p.do(func(*client.Client) {})
}

// cut ends the page's WebSocket without a word.
func (p *page) cut() {
	p.t.Helper()
	p.conn.Drop()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	p.client.Stop(nil)
}

func (p *page) read(conn *wsconn.Conn, done chan struct{}) {
	defer close(done)
	for {
		batch, err := conn.Read(context.Background())
		p.do(func(c *client.Client) {
			if p.conn != conn {
				return // the page has left it
			}
			if err == nil {
				err = c.Feed(batch, 0)
			}
			p.ended = err
		})
		select {
		case p.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// do calls the engine and writes what it has to say.
func (p *page) do(f func(*client.Client)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p.client)
	for batch := p.client.Take(nil, 0); len(batch) > 0; batch = p.client.Take(nil, 0) {
		if p.conn.Write(context.Background(), batch) != nil {
			return
		}
	}
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
	var id uint32
	p.do(func(c *client.Client) {
		var err error
		id, err = c.NewSocket(typ, []byte("the-page"))
		connect := c.Connect
		if typ == core.REP {
			connect = c.Bind
		}
		if err == nil {
			_, err = connect(id, address, []byte(params))
		}
		for _, prefix := range prefixes {
			if err == nil {
				_, err = c.Subscribe(id, []byte(prefix), client.SubscribeOptions{})
			}
		}
		if err != nil {
			p.t.Fatal(err)
		}
	})
	return id
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
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
