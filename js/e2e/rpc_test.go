package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestRPCAgainstPython(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	address := fmt.Sprintf("tcp://127.0.0.1:%d", port)
	start(t, python, samples+"rpc.py", "--address", address)
	b := startBridge(t, "--allow", "REQ "+address)
	p := openPage(t, b)
	eval[any](p, `window.req = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REQ); req.connect(`+quoteJS(address)+`);
		for (;;) { try { await req.ready({timeout: 1000}); break } catch (e) { await new Promise((r) => setTimeout(r, 50)); } }
		window.rpc = new zmq.RPCClient(req);`)
	tests := []struct{ name, body, want string }{
		{"call", `return String(await rpc.call('add', [1, 2]))`, "3"},
		{"one bare argument", `return await new Promise((r) => rpc.rpc('echo', 'hello!', {}, r))`, "hello!"},
		{"unicode", `return await rpc.call('echo', ['grüße 👋'])`, "grüße 👋"},
		{"structure", `return JSON.stringify(await rpc.call('echo', [{a: [1, null, true]}]))`, `{"a":[1,null,true]}`},
		{"refused by can_", `return await rpc.call('add_user', ['', '']).then(() => 'allowed', (e) => e.code)`, "failed"},
		{"unknown function", `return await rpc.call('no_such_thing').then(() => 'called', (e) => e.code)`, "failed"},
		{"callback gets the error", `return await new Promise((r) => rpc.rpc('no_such_thing', [], {}, (x, e) => r(x === undefined && e.code)))`, "failed"},
		{"wrong arguments", `return await rpc.call('add', ['only one']).then(() => 'called', (e) => e.code)`, "failed"},
		{"bad JSON does not break it for others", `const [reply] = await req.request('this is no JSON'); return reply.json().status + (await rpc.call('add', [2, 2]))`, "error4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &page{t: t, ctx: p.ctx}
			if got := eval[string](p, test.body); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestPageServesRPC(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	address := fmt.Sprintf("tcp://127.0.0.1:%d", port)
	b := startBridge(t, "--allow", "REP "+address)
	p := openPage(t, b)
	identity := eval[string](p, `
		window.rep = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REP); rep.connect(`+quoteJS(address)+`, {username: 'hugo'});
		const RPC = function(socket) { zmq.RPCServer.call(this, socket); };
		RPC.prototype = new zmq.RPCServer();
		RPC.prototype.add = function(a, b) { return a + b; };
		RPC.prototype.later = async function(x) { await null; return x; };
		RPC.prototype.fails = function() { throw new Error('on purpose'); };
		RPC.prototype.secret = function() { return 42; };
		RPC.prototype.can_secret = function() { return false; };
		new RPC(rep); await rep.ready(); return rep.identity;`)
	req := startPeer(t, "req", port)
	tests := []struct{ name, call, want string }{
		{"sum", `{"funcname":"add","args":[1,2]}`, `"returnval":3`},
		{"promise", `{"funcname":"later","args":["x"]}`, `"returnval":"x"`},
		{"throws", `{"funcname":"fails"}`, `on purpose`},
		{"refused", `{"funcname":"secret","args":[]}`, `unauthorized access`},
		{"unknown", `{"funcname":"toString","args":[]}`, `"status":"error"`},
		{"constructor", `{"funcname":"constructor","args":[]}`, `"status":"error"`},
		{"no JSON", `hello`, `"status":"error"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req.tell([]string{test.call, identity})
			if got := strings.ReplaceAll(req.await(""), `\"`, `"`); !strings.Contains(got, test.want) {
				t.Errorf("the backend got %s", got)
			}
		})
	}
}

func TestRawREP(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	address := fmt.Sprintf("tcp://127.0.0.1:%d", port)
	b := startBridge(t, "--allow", "REP "+address)
	p := openPage(t, b)
	eval[any](p, `window.rep = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REP); rep.connect(`+quoteJS(address)+`);
		rep.onmessage = (x) => rep.send('you said ' + x); await rep.ready();`)
	req := startPeer(t, "req", port)
	for _, text := range []string{"one", "two"} {
		req.tell([]string{text})
		if got := req.await(""); got != `["you said `+text+`"]` {
			t.Errorf("the backend got %s", got)
		}
	}
}

func TestPubSubRPC(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address())
	p := openPage(t, b)
	eval[any](p, `window.sub = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.SUB); sub.connect(`+quoteJS(pub.address())+`);
		const Server = zmq.PubRPCServer(); Server.prototype.add = function(a, b) { console.log('sum', a + b); }; new Server(sub);
		await sub.ready();`)
	for _, call := range []string{`no JSON`, `{"funcname":"no_such_thing","args":[]}`, `{"funcname":"constructor"}`, `{"funcname":"add","args":[1,2]}`} {
		pub.tell([]string{call})
	}
	p.awaitLogs(func(logs []string) bool {
		for _, line := range logs {
			if line == `"sum" 3` {
				return true
			}
		}
		return false
	})
}
