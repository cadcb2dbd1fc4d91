//go:build long

package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestSilentChangeOfNetwork checks that a page whose network has changed without a sign is back within seconds, and that its
// requests are answered.
func TestSilentChangeOfNetwork(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	for name, sign := range map[string]string{
		"a request waits":         ``,
		"the browser is online":   `window.dispatchEvent(new Event('online'));`,
		"the page is looked at":   `document.dispatchEvent(new Event('visibilitychange'));`,
		"the clock has jumped":    `const { now } = Date; Date.now = () => now() + 60_000;`,
		"everything has happened": `for (const it of ['online', 'online']) window.dispatchEvent(new Event(it));`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, b.address())
			p := openPage(t, b)
			eval[any](p, `
				window.ctx = new zmq.Context(`+quoteJS(w.data())+`);
				window.req = ctx.Socket(zmq.REQ);
				await req.connect(`+quoteJS(rep.address())+`);
				await req.request('before');`)
			w.silence()
			start := time.Now()
			resumed := eval[bool](p, `
				const resumed = new Promise((resolve) => ctx.on('status', (s) => s.state === 'connected' && resolve(s.resumed)));
				`+sign+`
				if (`+quoteJS(sign)+` === '') req.request('after').then(() => console.log('answered'));
				return await resumed;`)
			if took := time.Since(start); took > 8*time.Second || !resumed {
				t.Errorf("the page was back after %v, with its session: %v", took, resumed)
			}
			if got := eval[string](p, `return String((await req.request('now'))[0])`); got != "now" {
				t.Errorf("got %q", got)
			}
			if sign == "" {
				p.awaitLogs(func(lines []string) bool { return strings.Contains(strings.Join(lines, " "), "answered") })
			}
			p.nothingThrown()
		})
	}
}
