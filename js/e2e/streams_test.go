package e2e

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// counter is a server in Go that counts, and knows how far it is and how many of its counts are running.
type counter struct{ made, running atomic.Int64 }

func (c *counter) Count(ctx context.Context, to int) iter.Seq[int] {
	return func(yield func(int) bool) {
		c.running.Add(1)
		defer c.running.Add(-1)
		for n := range to {
			c.made.Add(1)
			if ctx.Err() != nil || !yield(n) {
				return
			}
		}
	}
}

func (c *counter) Status() map[string]int64 {
	return map[string]int64{"made": c.made.Load(), "running": c.running.Load()}
}

// startPythonStreams starts the server of streams in Python.
func startPythonStreams(t *testing.T, port int) *process {
	t.Helper()
	p := start(t, python, samples+"streams.py", "--address", tcp(port))
	p.await("streams: ROUTER")
	return p
}

func tcp(port int) string { return fmt.Sprintf("tcp://127.0.0.1:%d", port) }

// serveCounter serves a counter on a ROUTER for which the bridge listens.
func serveCounter(t *testing.T, b *bridge, port int) {
	t.Helper()
	server, err := zmq.NewRPCServer(&counter{}, zmq.RPCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := zmq.NewContext(b.data, zmq.Options{})
	router := c.Socket(zmq.ROUTER)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := router.Bind(tcp(port), nil); err != nil {
		t.Fatal(err)
	}
	if err := router.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- server.ServeRouter(serving, router) }()
	t.Cleanup(func() {
		stop()
		<-served
		c.Close()
	})
}

// serveFromPage serves a counter from a page, on a ROUTER for which the bridge listens.
func serveFromPage(t *testing.T, b *bridge, port int) {
	t.Helper()
	p := openPage(t, b)
	eval[any](p, `
		const { Context, ROUTER, StreamServer } = await import(`+quoteJS(b.url+"/index.mjs")+`);
		let made = 0, running = 0;
		class Counter extends StreamServer {
			async *count(to) {
				running++;
				try {
					for (let n = 0; n < to; n++) { made++; yield n; }
				} finally { running--; }
			}
			status() { return { made, running }; }
		}
		const router = new Context(`+quoteJS(b.data)+`).Socket(ROUTER);
		await router.bind(`+quoteJS(tcp(port))+`);
		new Counter(router);`)
	t.Cleanup(p.nothingThrown)
}

// streaming opens a page that has a client of streams of a server.
func streaming(t *testing.T, b *bridge, port int) *page {
	t.Helper()
	p := openPage(t, b)
	eval[any](p, `
		window.zmq = await import(`+quoteJS(b.url+"/index.mjs")+`);
		window.dealer = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.DEALER);
		await dealer.connect(`+quoteJS(tcp(port))+`);
		window.rpc = new zmq.StreamClient(dealer);`)
	return p
}

// A stream of 10,000 items never has more items under way than were granted, however slow the page is; and what the page does
// not want any more, the server stops.
func TestStreams(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(*testing.T, *bridge, int){
		"Python": func(t *testing.T, _ *bridge, port int) { startPythonStreams(t, port) },
		"Go":     serveCounter,
		"a page": serveFromPage,
	} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			b := startBridge(t, "--allow", "DEALER "+tcp(port), "--allow", "bind ROUTER "+tcp(port))
			serve(t, b, port)
			p := streaming(t, b, port)
			got := eval[string](p, `
				let next = 0, ahead = 0;
				for await (const n of rpc.stream('count', [10000])) {
					if (n !== next++) throw new Error(n + ' where ' + (next - 1) + ' was expected');
					if (next % 100 || next > 1000) continue;
					await new Promise((r) => setTimeout(r, 10));
					ahead = Math.max(ahead, (await rpc.api.status()).made - next);
				}
				return next + ' items, ' + (ahead <= 65 ? 'bounded' : ahead + ' ahead');`)
			if got != "10000 items, bounded" { // 64 may be under way, and one waits for credit
				t.Error(got)
			}
			if got := eval[int](p, `return (await rpc.api.status()).running`); got != 0 {
				t.Errorf("%d counts are running after the end", got)
			}
			got = eval[string](p, `
				const stopped = async () => { while ((await rpc.api.status()).running) await new Promise((r) => setTimeout(r, 5)); };
				for await (const n of rpc.stream('count', [1e9])) if (n > 100) break;
				await stopped();
				const abort = new AbortController();
				const why = (async () => { for await (const n of rpc.stream('count', [1e9], {}, {signal: abort.signal})) if (n === 100) abort.abort('enough'); })();
				const reason = await why.catch((e) => e);
				await stopped();
				return reason;`)
			if got != "enough" {
				t.Errorf("the loop threw %q", got)
			}
			got = eval[string](p, `
				const fails = async (...call) => { for await (const _ of rpc.stream(...call)); };
				return String(await fails('nope').catch((e) => e.code + ' ' + e.remote));`)
			if got != "failed true" && got != "invalid true" {
				t.Errorf("an unknown function: %s", got)
			}
			p.nothingThrown()
		})
	}
}

// A server that is killed takes its streams with it, and the page learns it with a code. The one that comes after it is used as
// before.
func TestStreamsOfAServerThatIsKilled(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "rpc")
	if out, err := exec.Command("go", "build", "-o", binary, "../../examples/rpc").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, serve := range map[string]func(t *testing.T, b *bridge, port int) *process{
		"Python": func(t *testing.T, _ *bridge, port int) *process { return startPythonStreams(t, port) },
		"Go": func(t *testing.T, b *bridge, port int) *process {
			return start(t, binary, "-streams", tcp(port), "-bridge", b.data, "-listen", tcp(freePort(t)), "-bind", tcp(freePort(t)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			b := startBridge(t, "--allow", "DEALER "+tcp(port), "--allow", "REP tcp://127.0.0.1:*")
			server := serve(t, b, port)
			p := openPage(t, b)
			eval[any](p, `
				window.zmq = await import(`+quoteJS(b.url+"/index.mjs")+`);
				window.dealer = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.DEALER);
				dealer.connect(`+quoteJS(tcp(port))+`).catch(() => {});
				window.rpc = new zmq.StreamClient(dealer);
				window.count = rpc.stream('count', [1e6], {pause: 0.01});
				for (let i = 0; i < 10; i++) await count.next();
				window.ended = (async () => { for await (const _ of count); return 'ended' })().catch((e) => e.code);`)
			server.kill()
			if got := eval[string](p, `return ended`); got != "lost" {
				t.Errorf("the loop ended with %q", got)
			}
			serve(t, b, port)
			if got := eval[int](p, `let n = 0; for await (const _ of rpc.stream('count', [5])) n++; return n`); got != 5 {
				t.Errorf("the server that came after it sent %d items", got)
			}
			p.nothingThrown()
		})
	}
}

func TestStreamsOfAREP(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	start(t, python, samples+"rpc.py", "--address", tcp(port)).await("rpc: REP")
	b := startBridge(t, "--allow", "DEALER "+tcp(port))
	p := streaming(t, b, port)
	got := eval[string](p, `return rpc.stream('echo', [1]).next().then(() => 'items', (e) => e.code + ': ' + e.message)`)
	if want := `unsupported: the server has no streams: `; len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("got %s", got)
	}
	if got := eval[int](p, `return rpc.call('add', [1, 2])`); got != 3 { // calls go the same way
		t.Errorf("add(1, 2) = %d", got)
	}
	described := eval[string](p, `return (await rpc.describe()).functions.map((f) => f.signature).join('; ')`)
	if want := "add(a: float, b: float) -> float; add_user(name: str, password: str, type: str = 'user') -> dict[str, Any]; echo(value: Any, **_kwargs: Any) -> Any"; described != want {
		t.Errorf("described as %s", described)
	}
	failed := eval[string](p, `return rpc.call('nope').catch((e) => e.type)`)
	if failed != "RPCError" {
		t.Errorf("the error is a %s", failed)
	}
}

// TestStreamsExample uses the page of examples/rpc.
func TestStreamsExample(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	startPythonStreams(t, port)
	web := httptest.NewServer(http.FileServer(http.Dir("../../examples")))
	defer web.Close()
	b := startBridge(t, "--allow", "DEALER "+tcp(port), "--origin", web.URL)
	p := openTab(t, web.URL+"/rpc/streams.html?bridge="+b.url+"&backend="+tcp(port))
	got := eval[int](p, `
		const until = async (so) => { while (!so()) await new Promise((r) => setTimeout(r, 10)); };
		await until(() => document.querySelectorAll('#functions li').length > 0);
		document.querySelector('#count').click();
		await until(() => Number(items.value) >= 3);
		document.querySelector('#enough').click();
		return document.querySelectorAll('#functions li').length;`)
	if got != 4 {
		t.Errorf("%d functions are listed", got)
	}
	p.nothingThrown()
}
