package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// TestStrangersInTheSharedWorker: the worker that the tabs of an origin share hands nobody the session, or a message, of somebody else.
// Who speaks to it is a script of its own origin; and whoever does not know what a user presents has another connection, whatever it says
// it is called.
func TestStrangersInTheSharedWorker(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	h := newHome(t)
	victim := h.open("")
	eval[any](victim, `
		await open({ shared: true, token: 'ann' }).ready();
		window.sub = use(zmq.SUB, `+quoteJS(pub.address())+`); sub.subscribe('');
		window.got = []; sub.onmessage = (text) => got.push(text);
		await sub.ready();`)

	// A tab with another token, or one that says that it is ann, or that its name is her token.
	for n, options := range []string{
		`{ shared: true, token: 'mallory' }`,
		`{ shared: true, user: 'ann', token: 'mallory' }`,
		`{ shared: true, user: '{"token":"ann"}', token: 'mallory' }`,
		`{ shared: true, user: 'credentials', token: 'mallory' }`,
		`{ shared: true }`,
	} {
		p := h.open("")
		if got := eval[string](p, `await open(`+options+`).ready(); return ctx.status().where`); got != "shared" {
			t.Errorf("%s is in %s", options, got)
		}
		if s := h.bridge.Stats(); s.Connections != int64(n+2) || s.Resumed != 0 {
			t.Errorf("after %s there are %d connections, of which %d were resumed", options, s.Connections, s.Resumed)
		}
	}
	p := h.open("")
	eval[any](p, `open({ shared: true, getToken: async () => { throw new Error('none') } }); while (!ctx.status().reason) await new Promise((r) => setTimeout(r, 5));`)
	if s := h.bridge.Stats(); s.ConnectionsTotal != 6 {
		t.Errorf("who has no token has a connection: there were %d", s.ConnectionsTotal)
	}

	// A script that speaks to the worker without the client, with the client's own words, and guesses.
	stranger := h.open("")
	said := eval[int](stranger, `
		const { build } = await new Promise((resolve) => {
			const channel = new SharedWorker('/worker.mjs', { type: 'module', name: 'guess' }).port;
			channel.onmessage = ({ data }) => resolve(data);
			channel.postMessage({ build: '?', key: '', lock: '' });
		});
		let said = 0;
		for (const key of ['', 'ann', '[]', JSON.stringify([location.origin.replace('http', 'ws') + '/data', 'user', 'ann'])]) {
			const { port } = new SharedWorker('/worker.mjs', { type: 'module', name: 'zmq-web-bridge ' + build });
			port.onmessage = ({ data }) => { if (data.kind === 'happened' && data.bytes.byteLength > 0) said++; };
			port.postMessage({ build, key, lock: 'stranger', wasm: [], url: 'ws://127.0.0.1:1/data', renewable: false, minReconnectDelay: 100,
				maxReconnectDelay: 100, reconnectJitter: 0, maxReconnectAttempts: 3, requestTimeout: 1000, agent: '' });
			for (let socket = 0; socket < 20; socket++) port.postMessage({ kind: 'commands', bytes: undefined, size: 0,
				commands: [['consumed', socket, 1000, 1e6], ['close', socket, 0, false], ['pause', socket, 99]] });
		}
		await new Promise((r) => setTimeout(r, 300));
		return said;`)
	pub.tell([]string{"for ann"})
	eval[any](victim, `while (got.join() !== 'for ann') await new Promise((r) => setTimeout(r, 5));`)
	if said != 0 {
		t.Errorf("the stranger was told %d times of something that is not its own", said)
	}

	// A page of another origin has the script run nowhere but in its own tab, whichever URL it gives.
	foreign := newHome(t)
	p = foreign.open("")
	got := eval[[]string](p, fmt.Sprintf(`
		const direct = (() => { try { new SharedWorker(%[1]q, { type: 'module' }); return 'made'; } catch (e) { return e.name; } })();
		await open({ shared: %[1]q, token: 'ann' }).ready();
		return [direct, ctx.status().where]`, h.web.URL+"/worker.mjs"))
	if want := []string{"SecurityError", "page"}; !slices.Equal(got, want) {
		t.Errorf("from another origin: %q", got)
	}
	if s := h.bridge.Stats(); s.Sockets != 1 {
		t.Errorf("%d sockets, where one is ann's", s.Sockets)
	}
	victim.close()
	h.await("ann's tab was closed, and her connection with it", func(s server.Stats) bool { return s.Sockets == 0 })
}
