package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// TestBackForwardCache: a page that the user comes back to, and that the browser has kept, goes on. With a connection of its own it has
// none meanwhile, and begins anew; with one in a worker it goes on where it was.
func TestBackForwardCache(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, options, away, got string }{
		{"the connection is the page's", `{}`, "nobody", "before,after"},
		{"it is in a worker of the page", `{ worker: true }`, "kept", "before,unseen,after"},
		{"it is in the worker of all tabs", `{ shared: true }`, "kept", "before,unseen,after"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep, pub := startPeer(t, "rep", 0), startPeer(t, "pub", 0)
			h := newHome(t)
			p := h.open("")
			eval[any](p, `
				window.shown = [];
				addEventListener('pageshow', ({ persisted }) => shown.push(persisted));
				open(`+tt.options+`);
				window.req = use(zmq.REQ, `+quoteJS(rep.address())+`);
				window.sub = use(zmq.SUB, `+quoteJS(pub.address())+`); sub.subscribe('');
				window.got = []; sub.onmessage = (text) => got.push(text);
				window.until = async (what) => { while (got.join() !== what) await new Promise((r) => setTimeout(r, 5)); };
				await sub.ready();`)
			pub.tell([]string{"before"})
			eval[any](p, `await until('before')`)
			p.visit(h.web.URL + "/page?elsewhere")
			if tt.away == "nobody" {
				h.await("the page was left", func(s server.Stats) bool { return s.Connections == 0 && s.Sockets == 0 })
			}
			pub.tell([]string{"unseen"})
			h.await("it was published", func(s server.Stats) bool { return s.Messages == 2 || tt.away == "nobody" })
			p.visit("")
			got := eval[string](p, `
				while (window.shown?.length === 0) await new Promise((r) => setTimeout(r, 5));
				if (!window.shown) return 'loaded anew';
				await sub.ready();
				return [shown.join(), await req.request('again'), ctx.status().state].join()`)
			if want := "true,again,connected"; got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
			pub.tell([]string{"after"})
			eval[any](p, `await until('`+tt.got+`')`)
			p.nothingThrown()
		})
	}
}

// visit has the tab show another page, or the one before it.
func (p *page) visit(url string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if url != "" {
		if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](`history.back(); 0`)); err != nil {
		p.t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) { // until then, the page may go away while it is asked
		if there, err := try[bool](p, `return !location.search.includes('elsewhere')`); err == nil && there {
			return
		}
		if time.Now().After(end) {
			p.t.Fatal("it does not go back")
		}
	}
}
