package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestSilentChangeOfNetwork checks that a page whose network has changed without a sign is back within seconds, and that its
// requests are answered.
func TestSilentChangeOfNetwork(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	for name, sign := range map[string]string{
		"a request waits":         ``,
		"the browser is online":   `window.dispatchEvent(new Event('online'));`,
		"the page is looked at":   `document.dispatchEvent(new Event('visibilitychange'));`,
		"the clock has jumped":    `const { now } = Date; Date.now = () => now() + 60_000;`,
		"everything has happened": `for (const it of ['online', 'online']) window.dispatchEvent(new Event(it));`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, b.address())
			p := openPage(t, b)
			eval[any](p, `
				window.ctx = new zmq.Context(`+quoteJS(w.data())+`);
				window.req = ctx.Socket(zmq.REQ);
				await req.connect(`+quoteJS(rep.address())+`);
				await req.request('before');`)
			w.silence()
			start := time.Now()
			resumed := eval[bool](p, `
				const resumed = new Promise((resolve) => ctx.on('status', (s) => s.state === 'connected' && resolve(s.resumed)));
				`+sign+`
				if (`+quoteJS(sign)+` === '') req.request('after').then(() => console.log('answered'));
				return await resumed;`)
			if took := time.Since(start); took > 8*time.Second || !resumed {
				t.Errorf("the page was back after %v, with its session: %v", took, resumed)
			}
			if got := eval[string](p, `return String((await req.request('now'))[0])`); got != "now" {
				t.Errorf("got %q", got)
			}
			if sign == "" {
				p.awaitLogs(func(lines []string) bool { return strings.Contains(strings.Join(lines, " "), "answered") })
			}
			p.nothingThrown()
		})
	}
}

// TestWhyThereIsNoWebSocket checks that a page finds out what the browser does not tell it.
func TestWhyThereIsNoWebSocket(t *testing.T) {
	t.Parallel()
	b := startBridge(t)
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, tt := range map[string]struct{ policy, bridge, want string }{
		"nobody there":    {"", "ws://" + closed.Addr().String() + "/data", "nobody there, or the wrong port"},
		"nobody with TLS": {"", "wss://" + closed.Addr().String() + "/data", "a certificate that is not trusted"},
		"another server":  {"", "ws" + strings.TrimPrefix(web.URL, "http") + "/data", "HTTP answers, WebSocket does not"},
		"the wrong path":  {"", "ws://" + b.address() + "/elsewhere", "HTTP answers, WebSocket does not"},
		"a strict policy": {"connect-src " + b.url, "ws://" + b.address() + "/data", "Content-Security-Policy"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openTab(t, b.site+"/?bridge="+b.url+"&policy="+url.QueryEscape(tt.policy))
			got := eval[[]string](p, `
				const ctx = new zmq.Context(`+quoteJS(tt.bridge)+`);
				const req = ctx.Socket(zmq.REQ);
				req.connect('tcp://127.0.0.1:1').catch(() => {});
				const why = await req.request('x', { timeout: 1500 }).catch((thrown) => thrown);
				const { state, code, reason } = ctx.status();
				ctx.close();
				return [why.code, why.message, state, code, reason];`)
			if got[0] != "unavailable" || got[2] != "connecting" || got[3] != "unavailable" {
				t.Errorf("got %q", got)
			}
			if !strings.Contains(got[1], tt.want) || !strings.Contains(got[4], tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			p.nothingThrown()
		})
	}
}
