//go:build long

package e2e

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// newTab opens a tab beside the others, and has what comes happen there.
func (f *firefox) newTab() {
	f.t.Helper()
	var made struct{ Context string }
	f.command("browsingContext.create", `{"type": "tab"}`, &made)
	f.tab = made.Context
}

func (f *firefox) closeTab(tab string) {
	f.t.Helper()
	f.command("browsingContext.close", fmt.Sprintf(`{"context": %q}`, tab), nil)
}

// TestFirefoxShared: in Firefox, too, two tabs have one WebSocket, a tab that is closed takes its sockets with it, and a tab that wants a
// worker of its own has one.
func TestFirefoxShared(t *testing.T) {
	rep, pub := startPeer(t, "rep", 0), startPeer(t, "pub", 0)
	h := newHome(t)
	f := startFirefox(t)
	begin := func(options string) string {
		f.open(h.web.URL + "/page")
		return f.eval(`
			while (!window.zmq) await new Promise((r) => setTimeout(r, 5));
			window.ctx = new zmq.Context('/data', ` + options + `);
			window.req = ctx.Socket(zmq.REQ); req.connect(` + quoteJS(rep.address()) + `);
			window.sub = ctx.Socket(zmq.SUB); sub.connect(` + quoteJS(pub.address()) + `); sub.subscribe('');
			await sub.ready();
			const { where, fallback = '' } = ctx.status();
			return String(await req.request('hello')) + ' ' + where + fallback;`)
	}
	first := f.tab
	for range 2 {
		if got := begin(`{ shared: true }`); got != "hello shared" {
			t.Errorf("got %s", got)
		}
		f.newTab()
	}
	if s := h.bridge.Stats(); s.ConnectionsTotal != 1 || s.Sockets != 4 {
		t.Errorf("%d connections, %d sockets", s.ConnectionsTotal, s.Sockets)
	}
	if got := begin(`{ worker: true }`); got != "hello worker" {
		t.Errorf("got %s", got)
	}
	h.await("a tab with a worker of its own", func(s server.Stats) bool { return s.ConnectionsTotal == 2 && s.Sockets == 6 })
	pub.tell([]string{"news"})
	if got := f.eval(`return String(await sub.receive())`); got != "news" {
		t.Errorf("published: %q", got)
	}
	f.closeTab(f.tab)
	h.await("the tab with the worker was closed", func(s server.Stats) bool { return s.Connections == 1 }) // its session waits
	f.closeTab(first)
	h.await("a tab of the shared connection was closed", func(s server.Stats) bool { return s.Connections == 1 && s.Sockets-2*s.Waiting == 2 })
}
