package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
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
	wait   chan struct{} // until it is closed, nobody gets /wait
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, wait: make(chan struct{})}
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
	mux.HandleFunc("/mortal.mjs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		script, err := zmqwebbridge.Files.ReadFile("js/dist/worker.mjs")
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "%s\nif (!globalThis.document) new BroadcastChannel('mortal').onmessage = () => close();", script)
	})
	mux.HandleFunc("/wait", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-h.wait:
		case <-r.Context().Done():
		}
	})
	mux.Handle("/", server.Assets(zmqwebbridge.Files, []string{"*"}))
	h.web = httptest.NewServer(mux)
	t.Cleanup(h.web.Close)
	t.Cleanup(h.bridge.Close)
	return h
}

// open opens a page with a Content-Security-Policy, in which zmq is the client, and open(options) a context.
func (h *home) open(policy string) *page {
	h.t.Helper()
	p := openTab(h.t, h.web.URL+"/page?policy="+url.QueryEscape(policy))
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
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	h := newHome(t)
	p := h.open("")
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
	t.Parallel()
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
	first, second, third := h.open(""), h.open(""), h.open("")
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
	h.await("the last tab was closed", func(s server.Stats) bool { return s.Connections == 0 && s.Waiting == 0 })
}

// close closes the tab.
func (p *page) close() { chromedp.Cancel(p.ctx) }

// crash has the process of the tab end at once.
func (p *page) crash() {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	chromedp.Call(ctx, cdppage.Crash, cdp.Empty{}) // there is no answer
}

// TestWorkerThatIsRefused: what the bridge says of the credentials, all tabs are told.
func TestWorkerThatIsRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for range 2 {
		p := h.open("")
		if got := eval[string](p, `
			const why = await open({ shared: true, token: 'forged' }).ready().catch((e) => e);
			const { state, code, reason, where } = ctx.status();
			return [why.code, state, code, reason, where].join()`); got != "unauthenticated,closed,unauthenticated,a forged token,shared" {
			t.Errorf("got %s", got)
		}
		p.nothingThrown()
	}
}

// TestBusyPage: while a page does nothing at all, what it has sent before reaches the backend.
func TestBusyPage(t *testing.T) {
	t.Parallel()
	pull := startPeer(t, "peer", 0, "--type", "PULL")
	h := newHome(t)
	p := h.open("")
	eval[any](p, `open({ worker: true }); window.push = use(zmq.PUSH, `+quoteJS(pull.address())+`); await push.ready();`)
	done := make(chan error, 1)
	go func() {
		_, err := try[any](p, `
			for (let i = 0; i < 1000; i++) push.send(String(i));
			await new Promise((r) => setTimeout(r));
			const waiting = new XMLHttpRequest();
			waiting.open('GET', '/wait', false); // so the page stands still until the answer comes
			waiting.send();`)
		done <- err
	}()
	for i := range 1000 {
		pull.await(fmt.Sprintf("[\"%d\"]", i))
	}
	close(h.wait)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := eval[string](p, `return ctx.status().state`); got != "connected" {
		t.Error(got)
	}
}

// TestTabThatDoesNotRead: it holds no more than it may, and is told of the rest. The other tab, on the same connection, misses nothing.
func TestTabThatDoesNotRead(t *testing.T) {
	t.Parallel()
	const chunk, chunks = 500, 20
	pub := startPeer(t, "pub", 0)
	h := newHome(t)
	begin := `open({ shared: true }); window.sub = use(zmq.SUB, ` + quoteJS(pub.address()) + `); sub.subscribe('');
		window.gaps = 0; sub.on('gap', ({ missed }) => (gaps += missed)); await sub.ready();`
	slow, fast := h.open(""), h.open("")
	eval[any](slow, begin)
	eval[any](fast, begin+`window.count = 0; sub.onmessage = () => count++;`)
	for n := 1; n <= chunks; n++ {
		pub.tell(chunk)
		eval[any](fast, fmt.Sprintf(`while (count < %d) await new Promise((r) => setTimeout(r, 1));`, n*chunk))
	}
	if gaps := eval[int](fast, `return gaps`); gaps != 0 {
		t.Errorf("the tab that reads missed %d", gaps)
	}
	held := eval[int](slow, `
		const held = ctx.stats().received;
		window.count = 0;
		window.ended = (async () => { for await (const [topic] of sub) if (String(topic) === 'end') return [count, gaps]; else count++; })();
		while (count < held) await new Promise((r) => setTimeout(r, 1));
		return held;`)
	for told := false; !told; { // there may be no room for it at first
		pub.tell([]string{"end"})
		told = eval[bool](slow, `return Promise.race([ended.then(() => true), new Promise((r) => setTimeout(() => r(false), 100))])`)
	}
	got := eval[[]int](slow, `return await ended`)
	if read, gaps := got[0], got[1]; held > 1000 || read < held || gaps == 0 || read+gaps < chunk*chunks {
		t.Errorf("the tab that does not read held %d, has read %d and missed %d", held, read, gaps)
	}
}

// TestWorkerThatDies: nothing waits for it, and the next context has another one.
func TestWorkerThatDies(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	h := newHome(t)
	for _, options := range []string{`{ worker: '/mortal.mjs' }`, `{ shared: '/mortal.mjs' }`} {
		t.Run(options, func(t *testing.T) {
			p := h.open("")
			p.t = t
			got := eval[string](p, `
				open(`+options+`);
				const req = use(zmq.REQ, `+quoteJS(held.address())+`);
				await req.ready();
				const asked = req.request('x'), received = ctx.Socket(zmq.PULL).receive(), first = ctx;
				new BroadcastChannel('mortal').postMessage('die');
				const codes = await Promise.all([asked, received].map((it) => it.then(String, (why) => why.code)));
				const why = await first.ended;
				await open(`+options+`).ready();
				return [...codes, why.code, first.status().state, ctx.status().state, ctx.status().where].join(' ')`)
			where := strings.Fields(options)[1]
			if want := "internal internal internal closed connected " + strings.TrimSuffix(where, ":"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			p.nothingThrown()
		})
	}
}
