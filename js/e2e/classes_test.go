package e2e

import (
	"strings"
	"testing"
)

// TestClasses uses the classes of zeromq.js in a page, as a program for Node does: no URL is given, because the bridge that the
// module came from is the one that is meant.
func TestClasses(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address(), "--allow", "bind PULL tcp://127.0.0.1:*")
	p := openPage(t, b)
	got := eval[string](p, `
		window.zmq = await import(`+quoteJS(b.url+"/index.mjs")+`);
		const req = new zmq.Request({ receiveTimeout: 20000 });
		req.connect(`+quoteJS(rep.address())+`);
		await req.send('from a page');
		const [reply] = await req.receive();
		req.close();
		return String(reply);`)
	if got != "from a page" {
		t.Errorf("the page got %q", got)
	}

	bound := eval[string](p, `
		window.pull = new zmq.Pull();
		await pull.bind('tcp://127.0.0.1:*');
		return pull.lastEndpoint;`)
	port, found := strings.CutPrefix(bound, "tcp://127.0.0.1:")
	if !found {
		t.Fatalf("the bridge listens at %q", bound)
	}
	push := start(t, python, peers, "peer", "--type", "PUSH", "--port", port, "--connect")
	push.await("ready")
	push.tell([]string{"to", "a page"})
	if got := eval[string](p, `return String(await pull.receive())`); got != "to,a page" {
		t.Errorf("the page got %q", got)
	}
	p.nothingThrown()
}
