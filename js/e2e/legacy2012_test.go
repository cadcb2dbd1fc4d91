package e2e

import (
	"slices"
	"strings"
	"testing"
)

// verbatim2012 is the example from the README of 2012. Only the URL is replaced.
const verbatim2012 = `
context = new zmq.Context('wss://localhost:8000/data');
reqrep = context.Socket(zmq.REQ);
reqrep.connect('tcp://127.0.0.1:10001', {});
reqrep2 = context.Socket(zmq.REQ);
reqrep2.connect('tcp://127.0.0.1:10001', {});
reqrep.send('hello', function(x){ console.log(x) });
reqrep2.send('hello', function(x){ console.log(x + 'sdf'); console.log(x + 'sfsf'); });

sub = context.Socket(zmq.SUB);
sub.onmessage = function(x){ console.log(['sub', x]); }
sub.connect("tcp://127.0.0.1:10002", {});

rpc_socket = context.Socket(zmq.REQ);
rpc_socket.connect('tcp://127.0.0.1:10004', {});
rpc_client = new zmq.RPCClient(rpc_socket);
rpc_client.rpc('echo', 'hello!', {}, function(response){ console.log(response); });
rpc_client.rpc('echo', ['hello!'], {type : 'girl'}, function(response){ console.log(response['status']); });

rpc_server = zmq.PubRPCServer();
rpc_server.prototype.add = function(first, second){ console.log(first + second); }
new rpc_server(sub);
var s = new zmq.PubRPCServer(sub); s.add = function(a, b){ console.log(a + b); };

RPC = function(socket){ zmq.RPCServer.call(this, socket); }
RPC.prototype = new zmq.RPCServer();
RPC.prototype.echo = function(arg){ return arg; }
rep = context.Socket(zmq.REP); rep.connect('tcp://127.0.0.1:10003', {'username':'hugo'}); new RPC(rep);
console.log('constants', zmq.SUB, zmq.REQ, zmq.REP, zmq.uuid().length, rep.identity.length);
`

// TestVerbatim2012 runs the example against the demo. The ports are replaced, because other programs may use those of the
// README.
func TestVerbatim2012(t *testing.T) {
	t.Parallel()
	first := freePorts(t, 4)
	b := startBridge(t, "--demo", "--demo-port", itoa(first))
	text := strings.Replace(verbatim2012, "wss://localhost:8000/data", b.data, 1)
	for n := range 4 {
		text = strings.ReplaceAll(text, itoa(10001+n), itoa(first+n))
	}
	p := openPage(t, b)
	eval[any](p, "window.run = new Function("+quoteJS(text)+"); window.run()")
	has := func(line string) func([]string) bool {
		return func(logs []string) bool { return slices.Contains(logs, line) }
	}
	for _, line := range []string{`"constants" 2 3 4 32 32`, `"hello"`, `"hellosdf"`, `"hellosfsf"`, `"hello!"`, ``} {
		p.awaitLogs(has(line)) // the last one is response['status'] of a string, which is undefined and is shown as nothing
	}

	// The page is an RPC server now. A backend names it by its identity.
	identity := eval[string](p, "await rep.ready(); return rep.identity")
	req := startPeer(t, "req", first+2)
	req.tell([]string{`{"funcname":"echo","args":["from a backend"]}`, identity})
	if got := req.await(""); got != `["{\"returnval\":\"from a backend\"}"]` {
		t.Errorf("the backend got %s", got)
	}
	p.nothingThrown()
}

func TestCallbackOrderOfOneREQ(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openPage(t, b)
	got := eval[[]string](p, `
		const req = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REQ);
		req.connect(`+quoteJS(rep.address())+`, {});
		const order = [];
		await new Promise((resolve) => {
			for (let i = 0; i < 20; i++) req.send('n' + i, (x) => { order.push(x); if (order.length === 20) resolve(); });
		});
		return order;`)
	for i, text := range got {
		if want := "n" + itoa(i); text != want {
			t.Errorf("callback %d got %s", i, text)
		}
	}
}

func TestSubWithoutFilterAndWithMsgfilter(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address())
	p := openPage(t, b)
	eval[any](p, `
		window.ctx = zmq.Context(`+quoteJS(b.data)+`);
		window.all = ctx.Socket(zmq.SUB);
		window.some = ctx.Socket(zmq.SUB);
		all.connect(`+quoteJS(pub.address())+`, {});
		some.connect(`+quoteJS(pub.address())+`, {msgfilter: 'needle'});
		all.onmessage = (x) => console.log('all', x);
		some.onmessage = (x) => console.log('some', x);
		await Promise.all([all.ready(), some.ready()]);`)
	pub.tell([]string{"hay"})
	pub.tell([]string{"a needle in it"})
	logs := p.awaitLogs(func(logs []string) bool { return len(logs) >= 3 })
	slices.Sort(logs)
	if want := []string{`"all" "a needle in it"`, `"all" "hay"`, `"some" "a needle in it"`}; !slices.Equal(logs, want) {
		t.Errorf("logged %q", logs)
	}
}

func TestRefusalReachesTheCallback(t *testing.T) {
	t.Parallel()
	b := startBridge(t)
	p := openPage(t, b)
	got := eval[map[string]any](p, `
		const req = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.REQ);
		const connected = req.connect('tcp://127.0.0.1:1', {}).then(() => 'resolved', (e) => e.code);
		const [x, e] = await new Promise((resolve) => req.send('hello', (x, e) => resolve([x, e])));
		const later = await req.request('again').then(() => 'resolved', (e) => e.code);
		const ready = await req.ready().then(() => 'resolved', (e) => e.code);
		return {connected: await connected, x: x === undefined, code: e.code, isError: e instanceof Error, later, ready};`)
	want := map[string]any{"connected": "denied", "x": true, "code": "denied", "isError": true, "later": "denied", "ready": "denied"}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s: %v, want %v", key, got[key], value)
		}
	}
	p.nothingThrown()
}
