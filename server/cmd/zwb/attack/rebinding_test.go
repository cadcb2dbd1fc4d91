package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestRebinding: somebody points a name of their own at the bridge, so that to the browser their page and the bridge are one site. The
// bridge tells them apart by the Host.
func TestRebinding(t *testing.T) {
	t.Parallel()
	b := start(t, "hosts: [bridge.example.org]\n", nil)
	_, port, _ := strings.Cut(b.address, ":")
	for host, welcome := range map[string]bool{
		"bridge.example.org":                  true,
		"localhost":                           true,
		"127.0.0.1":                           true,
		"evil.example":                        false,
		"127.0.0.1.evil.example":              false,
		"localhost.evil.example":              false,
		"bridge.example.org.evil.example":     false,
		"evil.example/.bridge.example.org":    false,
		"evilbridge.example.org":              false,
		"x.bridge.example.org":                false,
		"bridge.example.org@evil.example":     false,
		"evil.example#bridge.example.org":     false,
		"bridge.example.org,evil.example":     false,
		"7f000001.rebind.example":             false,
		"bridge.example.org\r\nHost: evil.ex": false,
	} {
		door := b.door()
		door.Host, door.Origin = host+":"+port, "http://"+host+":"+port
		v, _, err := door.Enter(core.Frame{})
		if (err == nil) != welcome {
			t.Errorf("%q: %v", host, err)
		}
		if err == nil {
			v.Close()
		}
	}
}

// TestRebindingOfTheAdminListener, which is in the same browser's reach, but answers only to the names that it knows.
func TestRebindingOfTheAdminListener(t *testing.T) {
	t.Parallel()
	b := start(t, "hosts: [bridge.example.org]\n", nil)
	for host, want := range map[string]int{"": 200, "bridge.example.org": 200, "localhost:1": 200, "evil.example": 403, "127.0.0.1.evil.example": 403,
		"bridge.example.org.evil.example": 403} {
		for _, path := range []string{"/", "/metrics", "/livez", "/readyz", "/api/sessions", "/debug/pprof/"} {
			resp, _ := ask(t, "GET", b.admin+path, func(r *http.Request) {
				r.Host = host
				withAdminToken(r)
			})
			if (resp.StatusCode == 200) != (want == 200) {
				t.Errorf("Host %q, %s: %s", host, path, resp.Status)
			}
		}
	}
}
