package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

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
