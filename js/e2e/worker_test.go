package e2e

import "testing"

// openOwn opens a page of the bridge's own origin, which has the client as zmq. There its workers are of its own origin, too.
func openOwn(t *testing.T, b *bridge) *page {
	t.Helper()
	p := openTab(t, b.url+"/healthz")
	eval[any](p, `window.zmq = await import('/zmq.mjs')`)
	return p
}

func TestWorker(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openOwn(t, b)
	if got := eval[string](p, `
		const context = new zmq.Context('/data', { worker: true }), req = context.Socket(zmq.REQ);
		req.connect(`+quoteJS(rep.address())+`);
		return String((await req.request('off the main thread'))[0]) + JSON.stringify(context.status());`); got != `off the main thread{"state":"connected","where":"worker"}` {
		t.Errorf("got %s", got)
	}
	p.nothingThrown()
}
