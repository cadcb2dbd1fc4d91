package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// asks has a page or a worker ask a backend, by what its query says.
const asks = `async function ask(query) {
		const told = new URLSearchParams(query), req = new zmq.Context(told.get('data')).Socket(zmq.REQ);
		req.connect(told.get('backend'));
		return String((await req.request('strictly'))[0]);
	}`

// strict is the scripts of a page that has none in its text, and of its worker.
var strict = map[string]string{
	"/page.js": asks + `
		const worker = new Worker(self.policyOf?.createScriptURL('/worker.js') ?? '/worker.js');
		answers = Promise.all([ask(location.search), new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)))]);
		worker.postMessage(location.search);`,
	"/worker.js": `importScripts(self.trustedTypes?.createPolicy('zwb', { createScriptURL: (it) => it }).createScriptURL('/dist/zmq.js') ?? '/dist/zmq.js');
		` + asks + `
		onmessage = ({ data }) => ask(data).then(postMessage, (why) => postMessage(String(why)));`,
	"/trusting.js": `policyOf = trustedTypes.createPolicy('zwb', { createScriptURL: (it) => it });`,
}

// TestStrictPolicies has pages ask a backend that may do as little as they can: by their Content-Security-Policy, with Trusted
// Types, and isolated from other origins. Their worker has the same policy.
func TestStrictPolicies(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "+
			"connect-src 'self' ws://127.0.0.1:*; require-trusted-types-for 'script'; trusted-types zwb")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		if script, ok := strict[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, script)
			return
		}
		if r.URL.Path != "/" {
			http.StripPrefix("/dist/", http.FileServer(http.Dir("../dist"))).ServeHTTP(w, r)
			return
		}
		fmt.Fprint(w, `<!doctype html><title>strict</title><script src="/trusting.js"></script><script src="/dist/zmq.js"></script><script src="/page.js"></script>`)
	}))
	t.Cleanup(web.Close)
	b := startBridge(t, "--origin", web.URL, "--allow", "REQ "+rep.address())
	p := openTab(t, web.URL+"/?"+query(b, rep))
	if !eval[bool](p, `return crossOriginIsolated`) {
		t.Error("the page is not isolated, so it shows nothing of that")
	}
	if why := eval[string](p, `try { document.createElement('script').text = 'x'; return ''; } catch (why) { return why.name; }`); why != "TypeError" {
		t.Errorf("Trusted Types are not enforced, so the page shows nothing of them: %q", why)
	}
	if got := eval[string](p, `return String(await answers)`); got != "strictly,strictly" {
		t.Errorf("got %q", got)
	}
	p.nothingThrown()
}

// TestSandboxedFrame has a frame ask a backend that has no origin, and no storage, because its page does not let it.
func TestSandboxedFrame(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--origin", "*", "--allow", "REQ "+rep.address())
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/" {
			fmt.Fprintf(w, `<!doctype html><script>answer = new Promise((resolve) => (onmessage = ({ data }) => resolve(data)))</script>
				<iframe sandbox="allow-scripts" src="/frame?%s"></iframe>`, query(b, rep))
			return
		}
		fmt.Fprintf(w, `<!doctype html><script src="%s/zmq.js"></script><script>%s
			ask(location.search).catch(String).then((it) => parent.postMessage(it + ' ' + origin, '*'));</script>`, b.url, asks)
	}))
	t.Cleanup(web.Close)
	p := openTab(t, web.URL)
	if got := eval[string](p, `return await answer`); got != "strictly null" {
		t.Errorf("got %q", got)
	}
	p.nothingThrown()
}

// query tells a page of a bridge and of a backend behind it.
func query(b *bridge, rep *backend) string {
	return url.Values{"data": {b.data}, "backend": {rep.address()}}.Encode()
}
