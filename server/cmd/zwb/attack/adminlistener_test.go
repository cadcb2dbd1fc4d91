package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestAdminFromABrowser: a page of any site can have the browser of the very machine ask the admin listener, with all that a browser
// adds by itself. It learns nothing, and nothing is done.
func TestAdminFromABrowser(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret, secretFile)
	alice := b.enter(signed("alice", nil))
	page := func(more func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Referer", "https://evil.example/")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Cookie", "token="+adminToken+"; zwb="+adminToken)
			r.SetBasicAuth("admin", adminToken)
			if more != nil {
				more(r)
			}
		}
	}
	_, all := ask(t, "GET", b.admin+"/api/sessions", withAdminToken)
	if !strings.Contains(all, "alice") {
		t.Fatalf("the admin does not see her: %s", all)
	}
	for _, path := range []string{"/api/sessions", "/api/stats", "/api/endpoints", "/api/decisions", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline",
		"/api/sessions?token=" + adminToken, "/api/sessions?access_token=" + adminToken, "//api/sessions", "/livez/../api/sessions", "/%61pi/sessions", "/api/sessions/", "/metrics/../api/stats"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
			resp, text := ask(t, method, b.admin+path, page(nil))
			if resp.StatusCode < 300 || strings.Contains(text, "alice") || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %s %.100s", method, path, resp.Status, text)
			}
		}
	}
	for _, path := range []string{"/api/users/alice/disconnect", "/api/explain", "/api/reload"} {
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""} {
			if resp, _ := ask(t, "POST", b.admin+path, page(func(r *http.Request) { r.Header.Set("Content-Type", kind) })); resp.StatusCode < 400 {
				t.Errorf("POST %s: %s", path, resp.Status)
			}
		}
	}
	if alice.Say(core.Frame{Kind: core.KindPing, ID: 1}); alice.Hear(core.KindPong) == nil {
		t.Error("alice was disconnected by a page: ", alice.End())
	}
	for _, path := range []string{"/", "/metrics", "/livez"} {
		resp, text := ask(t, "GET", b.admin+path, page(nil))
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s may be framed: %s", path, policy)
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || strings.Contains(text, "alice") {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
}

// TestAdminTokenIsGuessed, and no guess comes nearer.
func TestAdminTokenIsGuessed(t *testing.T) {
	t.Parallel()
	b := start(t, "", nil)
	for _, guess := range []string{"", " ", "Bearer", adminToken[:len(adminToken)-1], adminToken + "x", adminToken + "\t" + adminToken, strings.ToUpper(adminToken), strings.Repeat("a", 7000)} {
		for _, header := range []string{"Authorization", "X-Zwb-Token"} {
			value := guess
			if header == "Authorization" {
				value = "Bearer " + guess
			}
			if resp, _ := ask(t, "GET", b.admin+"/api/stats", func(r *http.Request) { r.Header.Set(header, value) }); resp.StatusCode == 200 {
				t.Errorf("%s: %q is taken", header, guess)
			}
		}
	}
	_, decisions := ask(t, "GET", b.admin+"/api/decisions", withAdminToken)
	if !strings.Contains(decisions, `"what":"admin"`) || !strings.Contains(decisions, "not the admin token: GET /api/stats") {
		t.Errorf("nobody learns of the guesses: %s", decisions)
	}
}

// TestMetricsOfStrangers: what strangers make up is in no label, and metrics do not grow with it.
func TestMetricsOfStrangers(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret+"endpoints:\n  known: {type: REQ, address: 'tcp://127.0.0.1:1'}\naddresses:\n  - {types: [REQ], address: 'tcp://127.0.0.1:*'}\n", secretFile)
	lines := func() (n int, text string) {
		_, text = ask(t, "GET", b.admin+"/metrics", nil)
		return len(strings.Split(grep(text, "zwb_"), "\n")), text
	}
	visit := func(user string, n int) {
		v := b.enter(signed(user, nil))
		for socket := range uint32(100) {
			v.Open(2*socket+1, core.REQ, 0, fmt.Sprintf("made-up-%d-%d", n, socket))
			v.Hear(core.KindRefused)
			v.Open(2*socket+2, core.REQ, 0, fmt.Sprintf("tcp://127.0.0.1:%d", 10_000+n*100+int(socket)))
		}
		v.Frames(1)
		v.Close()
	}
	visit("planted-user", 0)
	before, _ := lines()
	for n := range 4 {
		visit(fmt.Sprint("planted-user-", n), n)
	}
	after, text := lines()
	if after > before+2 {
		t.Errorf("there were %d lines of metrics, and are %d", before, after)
	}
	for _, word := range []string{"made-up", "planted-user", "127.0.0.1"} {
		if found := grep(text, word); found != "" {
			t.Errorf("%s is in the metrics: %s", word, found)
		}
	}
}
