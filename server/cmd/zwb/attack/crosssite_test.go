package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// TestCrossSiteWebSockets: the browser of a user who is logged in has the cookie, whatever page opens the WebSocket. Only a page that
// may gets a Welcome, and so do those of 2012.
func TestCrossSiteWebSockets(t *testing.T) {
	t.Parallel()
	b := start(t, "origins: [https://app.example.org, 'https://*.apps.example.org']\nusers:\n  - jwt: {secret_file: jwt.secret, cookie: session}\n", secretFile)
	cookie := "Cookie: session=" + signed("alice", nil)
	_, port, _ := strings.Cut(b.address, ":")
	for origin, welcome := range map[string]bool{
		"https://app.example.org":              true,
		"https://a.apps.example.org":           true,
		"https://a.b.apps.example.org":         true,
		"http://" + b.address:                  true,
		"":                                     true, // no browser
		"https://evil.example":                 false,
		"null":                                 false,
		"http://app.example.org":               false,
		"https://app.example.org:8443":         false,
		"https://app.example.org.evil.example": false,
		"https://evil.example/https://app.example.org":            false,
		"https://app.example.org@evil.example":                    false,
		"https://evil.example#.apps.example.org":                  false,
		"https://evilapps.example.org":                            false,
		"https://.apps.example.org":                               false,
		"https://apps.example.org":                                false,
		"https://app.example.org https://evil.example":            false,
		"https://app.example.org\r\nOrigin: https://evil.example": false,
		"http://127.0.0.1.evil.example:" + port:                   false,
		"http://127.0.0.1:1":                                      false,
		"file://":                                                 false,
		"javascript:alert(1)":                                     false,
	} {
		door := b.door()
		door.Origin, door.Headers = origin, []string{cookie}
		v, _, err := door.Enter(core.Frame{})
		if (err == nil) != welcome {
			t.Errorf("origin %q: %v", origin, err)
		}
		if err == nil {
			v.Close()
		}
		door.Protocol = "-" // of 2012, whose pages are known by their first message
		if got := speaks2012(t, door); got != welcome {
			t.Errorf("origin %q, as in 2012: %v", origin, got)
		}
	}
	for name, change := range map[string]func(*intruder.Door){
		"another path":     func(d *intruder.Door) { d.Path = "/data/../healthz" },
		"another protocol": func(d *intruder.Door) { d.Protocol = "zwb.v1, evil" },
	} {
		door := b.door()
		door.Origin = "https://evil.example"
		change(door)
		if v, _, err := door.Enter(core.Frame{}); err == nil {
			v.Close()
			t.Errorf("%s: a page of another site is welcome", name)
		}
	}
}

// speaks2012 tells whether somebody who speaks as in 2012 gets an answer, and not just a close frame.
func speaks2012(t *testing.T, door *intruder.Door) bool {
	t.Helper()
	v, err := door.Knock()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if !v.IsOpen() {
		return false
	}
	text := `{"msg_type":"connect","identity":"a","socket_type":"req","endpoint":"tcp://127.0.0.1:1"}`
	v.Raw(append(intruder.Announce(intruder.OpLast|intruder.OpText, len(text)), text...))
	answer, err := v.Message()
	return err == nil && len(answer) > 0
}

// TestPagesOfOthersReadNothing: there is no CORS by which a page of another site could read what the bridge serves to its own, and
// none may frame its console.
func TestPagesOfOthersReadNothing(t *testing.T) {
	t.Parallel()
	b := start(t, "", nil)
	for _, path := range []string{"/", "/healthz", "/readyz", "/data", "/endpoints", "/openapi.json", "/console.js"} {
		resp, _ := ask(t, "GET", "http://"+b.address+path, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s may be read by %s", path, got)
		}
		if resp.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s may be read with credentials", path)
		}
	}
	resp, _ := ask(t, "GET", "http://"+b.address+"/", nil)
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("the console may be framed: %s", policy)
	}
}
