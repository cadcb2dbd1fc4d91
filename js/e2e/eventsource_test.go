package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listens has a page listen to a feed with an EventSource, and keep what it was told.
func (p *page) listens(url string) {
	p.t.Helper()
	eval[any](p, `
		window.got = [];
		const source = new EventSource(`+quoteJS(url)+`);
		source.onmessage = ({ data }) => got.push(data);
		source.addEventListener('gap', ({ data }) => got.push('gap ' + data));
		source.onerror = () => got.push(source.readyState === EventSource.CONNECTING ? 'cut' : 'over');
		await new Promise((resolve) => { source.onopen = resolve; });
		source.onopen = () => got.push('back');`)
}

// hears waits until the page was told all of this, in this order, and nothing in between. A connection may need several attempts.
func (p *page) hears(want ...string) {
	p.t.Helper()
	text := eval[string](p, `
		const told = () => got.filter((text, i) => text !== 'cut' || got[i - 1] !== 'cut').join();
		const due = Date.now() + 15000;
		while (told() !== `+quoteJS(strings.Join(want, ","))+` && Date.now() < due) await new Promise((r) => setTimeout(r, 20));
		return told()`)
	if text != strings.Join(want, ",") {
		p.t.Fatalf("the page was told %s, want %s", text, strings.Join(want, ","))
	}
}

// startFeed starts a bridge with a publisher whose history it keeps.
func startFeed(t *testing.T, args ...string) (b *bridge, pub *backend, config string) {
	t.Helper()
	pub, config = startPeer(t, "pub", 0), filepath.Join(t.TempDir(), "zwb.yaml")
	text := fmt.Sprintf("endpoints:\n  feed: {type: SUB, address: %q, history: {messages: 1000}}\n", pub.address())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return startBridge(t, append(args, "--config", config)...), pub, config
}

// TestEventSourceIsCut: between the page and the bridge, by a proxy. It comes back by itself, and has missed nothing.
func TestEventSourceIsCut(t *testing.T) {
	t.Parallel()
	b, pub, _ := startFeed(t)
	w := newWire(t, b.address())
	p := openPage(t, b)
	p.listens("http://" + w.listener.Addr().String() + "/sub/feed?as=text")
	pub.tell([]string{"1"})
	p.hears("1")
	w.cut()
	pub.tell([]string{"2"})
	pub.tell([]string{"3"})
	p.hears("1", "cut", "back", "2", "3")
	pub.tell([]string{"4"})
	p.hears("1", "cut", "back", "2", "3", "4")
	p.nothingThrown()
}

// TestEventSourceAndTheBridgeIsKilled: with the bridge goes what it has kept. It comes back by itself to the next one, and is told that
// something may be missing.
func TestEventSourceAndTheBridgeIsKilled(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	at := fmt.Sprintf("127.0.0.1:%d", port)
	b, pub, config := startFeed(t, "--listen", at)
	p := openPage(t, b)
	p.listens(b.url + "/sub/feed?as=text")
	pub.tell([]string{"1"})
	p.hears("1")
	b.kill()
	pub.tell([]string{"2"})
	p.hears("1", "cut")
	startBridge(t, "--listen", at, "--config", config, "--origin", b.site)
	p.hears("1", "cut", "back", `gap {"missed":0,"code":"lost"}`)
	pub.tell([]string{"3"})
	p.hears("1", "cut", "back", `gap {"missed":0,"code":"lost"}`, "3")
	p.nothingThrown()
}
