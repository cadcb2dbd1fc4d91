//go:build long

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestBehindAProxyUnderAPrefix: the console, its scripts, the client and the WebSocket, for a page of the proxy's own
// origin and for one of another.
func TestBehindAProxyUnderAPrefix(t *testing.T) {
	t.Parallel()
	for _, proxy := range webProxies {
		t.Run(proxy.name, func(t *testing.T) {
			demo, port := freePorts(t, 4), freePort(t)
			args := []string{"--demo", "--demo-port", itoa(demo)}
			if proxy.prefix {
				args = append(args, "--prefix", "/zwb/")
			}
			b := startBridge(t, args...)
			startProxy(t, proxy, port, b)
			for _, address := range []string{"/zwb/", "/zwb"} {
				console := openTab(t, fmt.Sprintf("%s://127.0.0.1:%d%s", proxy.scheme, port, address))
				eval[any](console, inConsole+`await click('preset-echo'); const c = await live(await card('REQ'));
					await click('send', c); await until(() => all('reply', c)[0]?.textContent.includes('hello'));`)
				console.nothingThrown()
			}
			elsewhere := openTab(t, fmt.Sprintf("%s/?bridge=%s://127.0.0.1:%d/zwb", b.site, proxy.scheme, port))
			got := eval[string](elsewhere, fmt.Sprintf(`const c = new zmq.Context('%s://127.0.0.1:%d/zwb/data'), req = c.Socket(zmq.REQ);
				await req.connect('tcp://127.0.0.1:%d');
				return String((await req.request('through it'))[0])`, strings.Replace(proxy.scheme, "http", "ws", 1), port, demo))
			if got != "through it" {
				t.Errorf("a page of another origin got %q", got)
			}
		})
	}
}
