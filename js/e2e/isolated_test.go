package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestIsolatedPage checks that a page that may share memory (COEP: require-corp) can load the client and zmq.wasm from the
// bridge, which is another origin, as a module and as a script.
func TestIsolatedPage(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		script := `<script src="%s/zmq.js"></script>`
		if r.URL.Path == "/module" {
			script = `<script type="module">import * as zmq from '%s/zmq.mjs'; window.zmq = zmq;</script>`
		}
		fmt.Fprintf(w, "<!doctype html><title>isolated</title>"+script, r.FormValue("bridge"))
	}))
	t.Cleanup(web.Close)
	b := startBridge(t, "--origin", web.URL, "--allow", "REQ "+rep.address())
	for _, kind := range []string{"/script", "/module"} {
		t.Run(kind, func(t *testing.T) {
			p := openTab(t, web.URL+kind+"?bridge="+b.url)
			if !eval[bool](p, `return crossOriginIsolated`) {
				t.Error("the page is not isolated, so it shows nothing")
			}
			got := eval[string](p, `
				while (!window.zmq) await new Promise((r) => setTimeout(r, 10));
				const req = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REQ);
				await req.connect(`+quoteJS(rep.address())+`);
				return String((await req.request('isolated'))[0]);`)
			if got != "isolated" {
				t.Errorf("got %q", got)
			}
			p.nothingThrown()
		})
	}
}
