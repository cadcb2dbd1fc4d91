package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	zmqwebbridge "github.com/zmqwebbridge/zmqwebbridge"
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// home is a bridge that serves the client to pages of its own origin, whose workers are of that origin, too. It is in this
// process, so that it can be asked what it has counted.
type home struct {
	t      *testing.T
	web    *httptest.Server
	bridge *server.Bridge
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t}
	h.bridge = server.New(server.Config{
		WebsocketAllowed: func(*http.Request) error { return nil },
		ZMQAllowed:       func(context.Context, server.Access) error { return nil },
		Authenticate: func(_ context.Context, _ *http.Request, credentials []byte) (any, error) {
			if bytes.Contains(credentials, []byte("forged")) {
				return nil, core.NewError(core.Unauthenticated, "a forged token")
			}
			return string(credentials), nil
		},
		Log: slog.New(slog.DiscardHandler),
	})
	files := server.Assets(zmqwebbridge.Files, nil)
	mux := http.NewServeMux()
	mux.Handle("/data", h.bridge)
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", r.FormValue("policy"))
		fmt.Fprint(w, `<!doctype html><title>home</title><script type="module" src="/page.js"></script>`)
	})
	mux.HandleFunc("/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `import * as zmq from '/zmq.mjs'; window.zmq = zmq;`)
	})
	mux.Handle("/", files)
	h.web = httptest.NewServer(mux)
	t.Cleanup(h.web.Close)
	t.Cleanup(h.bridge.Close)
	return h
}

// open opens a page, in which zmq is the client, and open(options) a context.
func (h *home) open() *page {
	h.t.Helper()
	p := openTab(h.t, h.web.URL+"/page")
	eval[any](p, `while (!window.zmq) await new Promise((r) => setTimeout(r, 5));
		window.open = (options) => (window.ctx = new zmq.Context('/data', options));
		window.use = (type, address) => { const s = ctx.Socket(type); s.connect(address); return s; };`)
	return p
}

// await waits until the bridge has counted what it should have.
func (h *home) await(what string, enough func(server.Stats) bool) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); !enough(h.bridge.Stats()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("%s: the bridge has counted %+v", what, h.bridge.Stats())
		}
	}
}

// TestWorker: a context in a worker does what any other one does, and says where it is.
func TestWorker(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	h := newHome(t)
	p := h.open()
	got := eval[string](p, `
		open({ worker: true });
		const reply = await use(zmq.REQ, `+quoteJS(rep.address())+`).request(['off', 'the main thread']);
		const { state, where, fallback } = ctx.status();
		const rtt = await ctx.rtt(), { received, sent, bytesSent, bytesReceived, reconnects } = ctx.stats();
		await ctx.close();
		return [reply.join(' '), state, where, fallback, rtt >= 0, received, sent, bytesSent > 0, bytesReceived > 0, reconnects, ctx.status().state].join()`)
	if want := "off the main thread,connected,worker,,true,1,1,true,true,0,closed"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	h.await("closed", func(s server.Stats) bool { return s.Connections == 0 && s.Waiting == 0 })
	p.nothingThrown()
}

// TestSharedConnection: two tabs have one WebSocket, and each its own sockets. One of them is closed, another one crashes, and the
// other ones notice nothing.
func TestSharedConnection(t *testing.T) {
	rep, pub := startPeer(t, "rep", 0), startPeer(t, "pub", 0)
	h := newHome(t)
	begin := `
		open({ shared: true });
		window.req = use(zmq.REQ, ` + quoteJS(rep.address()) + `);
		window.sub = use(zmq.SUB, ` + quoteJS(pub.address()) + `); sub.subscribe('');
		window.got = []; sub.onmessage = (text) => got.push(text);
		await sub.ready();
		const { where, fallback } = ctx.status();
		return String(await req.request('hello')) + where + (fallback ?? '');`
	ask := `return String(await req.request('again'))`
	heard := func(p *page, words string) {
		t.Helper()
		eval[any](p, `while (got.join(' ') !== `+quoteJS(words)+`) await new Promise((r) => setTimeout(r, 5));`)
	}
	first, second, third := h.open(), h.open(), h.open()
	for _, p := range []*page{first, second, third} {
		if got := eval[string](p, begin); got != "helloshared" {
			t.Fatalf("got %s", got)
		}
	}
	if s := h.bridge.Stats(); s.ConnectionsTotal != 1 || s.Sockets != 6 {
		t.Errorf("%d connections, %d sockets", s.ConnectionsTotal, s.Sockets)
	}
	pub.tell([]string{"one"})
	for _, p := range []*page{first, second, third} {
		heard(p, "one")
	}
	second.close()
	h.await("a tab was closed", func(s server.Stats) bool { return s.Sockets == 4 })
	pub.tell([]string{"two"})
	for _, p := range []*page{first, third} {
		heard(p, "one two")
		if got := eval[string](p, ask); got != "again" {
			t.Errorf("got %s", got)
		}
	}
	third.crash()
	h.await("a tab has crashed", func(s server.Stats) bool { return s.Sockets == 2 })
	pub.tell([]string{"three"})
	heard(first, "one two three")
	if s := h.bridge.Stats(); s.Connections != 1 || s.ConnectionsTotal != 1 || s.Resumed != 0 {
		t.Errorf("%d connections, %d in all, %d resumed", s.Connections, s.ConnectionsTotal, s.Resumed)
	}
	first.nothingThrown()
	first.close()
	h.await("the last tab was closed", func(s server.Stats) bool { return s.Connections == 0 })
}

// close closes the tab.
func (p *page) close() { chromedp.Cancel(p.ctx) }

// crash has the process of the tab end at once.
func (p *page) crash() {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	chromedp.Call(ctx, cdppage.Crash, cdp.Empty{}) // there is no answer
}
