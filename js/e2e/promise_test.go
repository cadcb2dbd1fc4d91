package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// quoteJS makes a JavaScript literal of a text. In the texts that the tests use, Go and JavaScript escape alike.
func quoteJS(s string) string { return strconv.Quote(s) }

func itoa(n int) string { return strconv.Itoa(n) }

// req opens a REQ socket to a backend in the page, as the variable req.
func (p *page) req(b *bridge, address string) {
	p.t.Helper()
	eval[any](p, `window.ctx = new zmq.Context(`+quoteJS(b.data)+`); window.req = ctx.Socket(zmq.REQ);
		await req.connect(`+quoteJS(address)+`, {}); await req.ready();`)
}

func TestRequestRoundTrips(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openPage(t, b)
	p.req(b, rep.address())
	tests := []struct{ name, message, check string }{
		{"text", `'hello'`, `reply.length === 1 && String(reply[0]) === 'hello' && reply[0] instanceof Uint8Array`},
		{"unicode", `'grüße 👋 \u0000'`, `String(reply[0]) === 'grüße 👋 \u0000'`},
		{"empty", `''`, `reply.length === 1 && reply[0].length === 0`},
		{"empty frames", `['', 'a', '', '']`, `reply.length === 4 && reply.map(String).join('|') === '|a||'`},
		{"multipart", `['a', new Uint8Array([0, 255, 254]), 'c']`, `reply.length === 3 && [...reply[1]].join() === '0,255,254'`},
		{"ArrayBuffer and views", `[new Uint8Array([1, 2]).buffer, new DataView(new ArrayBuffer(3))]`, `reply[0].length === 2 && reply[1].length === 3`},
		{"number", `42`, `String(reply[0]) === '42'`},
		{"JSON", `JSON.stringify({a: [1]})`, `reply[0].json().a[0] === 1`},
		{"1000 parts", `Array.from({length: 1000}, (_, i) => String(i))`, `reply.length === 1000 && String(reply[999]) === '999'`},
		{"1 MiB", `new Uint8Array(1 << 20).fill(7)`, `reply[0].length === 1 << 20 && reply[0].every((x) => x === 7)`},
		{"8 MiB", `new Uint8Array(8 << 20).fill(8)`, `reply[0].length === 8 << 20 && reply[0][8388607] === 8`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &page{t: t, ctx: p.ctx}
			if !eval[bool](p, `const reply = await req.request(`+test.message+`, {timeout: 10000}); return `+test.check) {
				t.Error("another reply than was sent")
			}
		})
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openPage(t, b)
	p.req(b, rep.address())
	if got := eval[int](p, `
		const replies = await Promise.all(Array.from({length: 500}, (_, i) => req.request('n' + i)));
		return replies.filter((r, i) => String(r[0]) === 'n' + i).length;`); got != 500 {
		t.Errorf("%d of 500 got their own reply", got)
	}
}

func TestRequestsThatFail(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	b := startBridge(t, "--allow", "* tcp://127.0.0.1:*", "--allow", "bind * tcp://127.0.0.1:*")
	p := openPage(t, b)
	p.req(b, held.address())
	down := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	tests := []struct{ name, code, body string }{
		{"timeout", "timeout", `await req.request('x', {timeout: 100})`},
		{"aborted", "AbortError", `const a = new AbortController(); const r = req.request('x', {signal: a.signal}); setTimeout(() => a.abort(), 50); await r`},
		{"aborted before", "AbortError", `await req.request('x', {signal: AbortSignal.abort()})`},
		{"own reason", "because", `await req.request('x', {signal: AbortSignal.abort({code: 'because'})})`},
		{"backend down", "unavailable", `const q = ctx.Socket(zmq.REQ); q.connect('` + down + `'); await q.request('x')`},
		{"ready of a backend that is down", "unavailable", `const q = ctx.Socket(zmq.REQ); q.connect('` + down + `'); await q.ready()`},
		{"no message", "invalid", `await req.request([])`},
		{"an object", "invalid", `await req.request({a: 1})`},
		{"too large", "too_large", `await req.request(new Uint8Array(40 << 20))`},
		{"closed socket", "closed", `const q = ctx.Socket(zmq.REQ); q.connect('` + down + `'); q.close(); await q.request('x')`},
		{"closed while waiting", "closed", `const q = ctx.Socket(zmq.REQ); const r = q.request('x'); q.close(); await r`},
		{"a REQ that binds", "unsupported", `const q = ctx.Socket(zmq.REQ); await q.bind('` + down + `')`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &page{t: t, ctx: p.ctx}
			if got := eval[string](p, `try { `+test.body+`; return 'no error' } catch (e) { return e.code && isNaN(e.code) ? e.code : e.name }`); got != test.code {
				t.Errorf("got %s, want %s", got, test.code)
			}
		})
	}
}

func TestMalformedEndpoints(t *testing.T) {
	t.Parallel()
	b := startBridge(t, "--allow", "* tcp://127.0.0.1:*")
	p := openPage(t, b)
	addresses := []string{"", " ", "2nd", "a/b", "tcp:", "tcp:/", "tcp://", "tcp://:", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:0",
		"tcp://127.0.0.1:65536", "tcp://127.0.0.1:-1", "tcp://127.0.0.1:1x", "tcp://127.0.0.1: 1", "tcp://127.0.0.1:http", "tcp://127.0.0.1:*",
		"tcp://*:5555", "tcp://:5555", "tcp://256.1.1.1:1", "tcp://1.2.3:1", "tcp://[::1", "tcp://[::1]", "tcp://[::1]x:1", "tcp://::1:5555",
		"tcp://[fe80::1%eth0]:1", "tcp://eth0;127.0.0.1:5555", "tcp://a..b:1", "tcp://-a:1", "tcp://a b:1", "tcp://a\\u0000b:1", "tcp://h:1/path",
		"udp://127.0.0.1:1", "inproc://x", "ipc://", "ipc://relative", "ipc:///a/../b", "pgm://x", "ws://127.0.0.1:1", "http://127.0.0.1:1",
		"tcp://" + strings.Repeat("a", 300) + ":1", "tcp://" + strings.Repeat("a", 600) + ":1", "//127.0.0.1:1", "127.0.0.1:5555"}
	for i := range addresses {
		addresses[i] = `"` + addresses[i] + `"`
	}
	got := eval[map[string]string](p, `
		const ctx = new zmq.Context(`+quoteJS(b.data)+`), out = {};
		await Promise.all([`+strings.Join(addresses, ",")+`].map(async (address) => {
			const q = ctx.Socket(zmq.REQ);
			out[address] = await q.connect(address).then(() => 'resolved', (e) => e.code);
			q.close();
		}));
		return out;`)
	if len(got) < 37 {
		t.Errorf("only %d addresses were judged", len(got))
	}
	for address, code := range got {
		if code != "invalid" && code != "unsupported" {
			t.Errorf("%q: %s", address, code)
		}
	}
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address())
	p := openPage(t, b)
	eval[any](p, `
		window.sub = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.SUB);
		sub.connect(`+quoteJS(pub.address())+`); sub.subscribe('fx.');
		await sub.ready();
		window.got = (async () => { const out = []; for await (const [topic, body] of sub) { out.push(topic + '=' + body); if (out.length === 3) return out; } })();`)
	for _, parts := range [][]string{{"time", "no"}, {"fx.EURUSD", "1"}, {"fx", "no"}, {"fx.", ""}, {"fx.GBPUSD", "2"}} {
		pub.tell(parts)
	}
	got := eval[[]string](p, `return await got`)
	if want := "fx.EURUSD=1 fx.= fx.GBPUSD=2"; strings.Join(got, " ") != want {
		t.Errorf("got %q", got)
	}
	// Now there is another prefix instead of the first one.
	eval[any](p, `sub.subscribe('time'); sub.unsubscribe('fx.'); await sub.ready();
		window.got = (async () => { for await (const parts of sub) return parts.map(String); })();`)
	pub.tell([]string{"fx.EURUSD", "no"})
	pub.tell([]string{"time", "12:00", "UTC"})
	if got := eval[[]string](p, `return await got`); strings.Join(got, " ") != "time 12:00 UTC" {
		t.Errorf("got %q", got)
	}
}

// TestFastFeed checks that a page loses nothing of many bursts of messages if it handles each burst before the next one.
func TestFastFeed(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address())
	p := openPage(t, b)
	eval[any](p, `
		window.sub = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.SUB);
		sub.connect(`+quoteJS(pub.address())+`); sub.subscribe(''); await sub.ready();
		window.count = 0; sub.onmessage = () => { count++; };`)
	const chunk, chunks = 500, 20
	for n := 1; n <= chunks; n++ {
		pub.tell(chunk)
		eval[any](p, fmt.Sprintf(`while (count < %d) await new Promise((r) => setTimeout(r, 1));`, n*chunk))
	}
}

func TestBackendRestart(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "* tcp://127.0.0.1:*")
	p := openPage(t, b)
	p.req(b, rep.address())
	pub := startPeer(t, "pub", 0)
	eval[any](p, `window.sub = ctx.Socket(zmq.SUB); sub.connect(`+quoteJS(pub.address())+`); sub.subscribe(''); await sub.ready();
		window.states = []; for (const s of [req, sub]) { s.on('down', () => states.push('down')); s.on('up', () => states.push('up')); }
		window.first = (async () => { for await (const [m] of sub) return String(m); })();`)
	rep.kill()
	pub.kill()
	code := eval[string](p, `while (states.length < 2) await new Promise((r) => setTimeout(r, 5));
		return await req.request('x').then(() => 'reply', (e) => e.code)`)
	if code != "unavailable" {
		t.Errorf("with the backend dead: %s", code)
	}
	startPeer(t, "rep", rep.port)
	pub = startPeer(t, "pub", pub.port)
	if got := eval[string](p, `while (states.length < 4) await new Promise((r) => setTimeout(r, 5));
		await sub.ready(); return String((await req.request('back?'))[0])`); got != "back?" {
		t.Errorf("after the restart: %s", got)
	}
	pub.tell([]string{"published after the restart"})
	if got := eval[string](p, `return await first`); got != "published after the restart" {
		t.Errorf("the subscription got %q", got)
	}
}

func TestBridgeRestart(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	port := freePort(t)
	args := []string{"--allow", "REQ " + rep.address(), "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--origin", "*"}
	b := startBridge(t, args...)
	p := openPage(t, b)
	p.req(b, rep.address())
	b.kill()
	pending := `window.r = req.request('asked while the bridge is away', {timeout: 15000}).then((m) => String(m[0]), (e) => e.code);`
	eval[any](p, `await new Promise((r) => setTimeout(r, 100));`+pending)
	startBridge(t, args...)
	if got := eval[string](p, `return await r`); got != "asked while the bridge is away" {
		t.Errorf("got %s", got)
	}
}

func TestNoNewGlobals(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openPage(t, b)
	got := eval[[]string](p, `
		const req = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REQ);
		req.connect(`+quoteJS(rep.address())+`); await req.request('x');
		return Object.getOwnPropertyNames(window).filter((name) => !before.has(name) && name !== 'before');`)
	if len(got) != 1 || got[0] != "zmq" {
		t.Errorf("new globals: %q", got)
	}
}

func TestModule(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openTab(t, b.site+"/?bridge="+b.url)
	if got := eval[string](p, `
		const m = await import(`+quoteJS(b.url+"/zmq.mjs")+`);
		const req = new m.Context(`+quoteJS(b.data)+`).Socket(m.REQ);
		req.connect(`+quoteJS(rep.address())+`);
		return String((await req.request('as a module'))[0]) + (m.default.REQ === m.REQ);`); got != "as a moduletrue" {
		t.Errorf("got %s", got)
	}
}

func TestForeignOriginIsRefused(t *testing.T) {
	t.Parallel()
	b := startBridge(t, "--allow", "* tcp://127.0.0.1:*")
	p := openTab(t, b.url+"/healthz") // a page of the bridge's own origin may connect
	eval[any](p, `await new Promise((resolve, reject) => { const s = document.createElement('script'); s.src = '/zmq.js'; s.onload = resolve; s.onerror = reject; document.body.append(s); });
		await new zmq.Context('/data').ready();`)
	foreign := site(t) // not the origin that the bridge was told of
	p = openTab(t, foreign+"/?bridge="+b.url)
	if got := eval[string](p, `return await new zmq.Context(`+quoteJS(b.data)+`).ready().then(() => 'let in', (e) => e.code)`); got == "let in" {
		t.Error("a foreign origin was let in")
	}
}
