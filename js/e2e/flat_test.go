//go:build long

package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// TestMemoryStaysFlat has a page receive 1,000,000 messages, and open and close 10,000 sockets. The page may not grow by more
// than 2 MB from the middle of either to its end: that is 4 bytes for each message, and 400 for each socket.
func TestMemoryStaysFlat(t *testing.T) {
	const room, messages, sockets = 2 << 20, 1_000_000, 10_000
	push, rep := startPeer(t, "peer", 0, "--type", "PUSH"), startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "PULL "+push.address(), "--allow", "REQ "+rep.address())
	p := openPage(t, b)
	if _, err := chromedp.Call(p.ctx, network.Disable, cdp.Empty{}); err != nil { // it has Chromium tell of each message
		t.Fatal(err)
	}
	eval[any](p, `
		window.ctx = new zmq.Context(`+quoteJS(b.data)+`);
		window.pull = ctx.Socket(zmq.PULL);
		await pull.connect(`+quoteJS(push.address())+`);
		window.received = 0;
		(async () => { for await (const [body] of pull) if (body.length > 0) received++; })();
		window.contexts = Array.from({ length: 10 }, () => new zmq.Context(`+quoteJS(b.data)+`)); // a bridge paces the opens of each
		window.open = async (context, count) => {
			for (let i = 0; i < count; i++) {
				const socket = context.Socket(zmq.REQ);
				await socket.connect(`+quoteJS(rep.address())+`);
				if (i % 10 === 0) await socket.request('x');
				socket.close();
			}
		};`)
	stays := func(what string, half func(n int)) {
		began := time.Now()
		half(1)
		before := memoryOf(p)
		half(2)
		if grown := memoryOf(p) - before; grown > room {
			t.Errorf("after %s the page has %.0f bytes more", what, grown)
		} else {
			t.Logf("after %s the page has %.0f bytes more; that took %v", what, grown, time.Since(began))
		}
	}
	stays("messages", func(n int) {
		for part := range 5 { // each is a step that is waited for
			push.tell(messages / 10)
			want := (n-1)*messages/2 + (part+1)*messages/10
			eval[any](p, `while (received < `+itoa(want)+`) await new Promise((r) => setTimeout(r, 10));`)
		}
	})
	stays("sockets", func(int) {
		for range 5 {
			eval[any](p, `await Promise.all(contexts.map((context) => open(context, `+itoa(sockets/100)+`)));`)
		}
	})
	p.nothingThrown()
}

// memoryOf is how many bytes a page has, those of zmq.wasm included, after everything was let go that can be.
func memoryOf(p *page) float64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
		p.t.Fatal(err)
	}
	use, err := chromedp.Call(ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	return use.UsedSize + use.BackingStorageSize
}
