package attack

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestEndpointsOfOthers: the list of endpoints has for everybody what they may reach, and nothing for pages of other sites, or of a name that
// was pointed at the bridge, even if the browser adds the user's cookie.
func TestEndpointsOfOthers(t *testing.T) {
	t.Parallel()
	b := start(t, `origins: [https://app.example.org]
users:
  - jwt: {secret_file: jwt.secret, cookie: session}
endpoints:
  feed: {type: SUB, address: "tcp://127.0.0.1:7001", topics: [fx., secret., "user.{user}."], allow: "not (topic startsWith 'secret') || 'admin' in claims.groups"}
  calc: {type: REQ, address: "tcp://127.0.0.1:7002", functions: [add]}
  vault: {type: REQ, address: "tcp://127.0.0.1:7003", allow: "'admin' in claims.groups", functions: [empty_the_vault]}
`, secretFile)
	token := signed("mallory", map[string]any{"groups": []string{"guest"}})
	list := func(method string, headers ...string) (*http.Response, string) {
		return ask(t, method, "http://"+b.address+"/endpoints", func(r *http.Request) {
			for _, header := range headers {
				name, value, _ := strings.Cut(header, ": ")
				if r.Header.Set(name, value); name == "Host" {
					r.Host = value
				}
			}
		})
	}
	bearer, cookie := "Authorization: Bearer "+token, "Cookie: session="+token
	resp, text := list("GET", bearer)
	for _, word := range []string{"vault", "secret", "127.0.0.1", "700", "claims", "{user}"} {
		if strings.Contains(text, word) {
			t.Errorf("he is told of %s: %s", word, text)
		}
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, `"fx."`) || resp.Header.Get("Cache-Control") != "no-store" ||
		resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("he is told %s %v: %s", resp.Status, resp.Header, text)
	}
	if _, text := list("GET", "Authorization: Bearer "+signed("root", map[string]any{"groups": []string{"admin"}})); !strings.Contains(text, "empty_the_vault") {
		t.Errorf("who may is told %s", text)
	}
	for _, headers := range [][]string{
		{}, {"Authorization: Bearer " + token[:len(token)-5] + "xxxxx"}, {"Authorization: Basic bWFsbG9yeTp4"}, {"Cookie: session=x"}, {"Cookie: other=" + token},
		{cookie, "Origin: https://evil.example"}, {bearer, "Origin: https://evil.example"}, {cookie, "Origin: null"}, {cookie, "Origin: https://app.example.org.evil.example"},
		{cookie, "Host: evil.example"}, {bearer, "Host: evil.example"}, {cookie, "Host: app.example.org.evil.example", "Origin: https://app.example.org.evil.example"},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			resp, text := list(method, headers...)
			if resp.StatusCode < 400 || strings.Contains(text, "feed") || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %.60q: %s %v: %s", method, headers, resp.Status, resp.Header, text)
			}
		}
	}
	if resp, _ := list("GET", bearer, "Origin: https://app.example.org"); resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example.org" {
		t.Errorf("a page that may is told %v", resp.Header)
	}
	innocent := b.enter(signed("alice", nil))
	if !opens(innocent, core.REQ, "calc") {
		t.Error("somebody else may not what she may: ", innocent.End())
	}
}

// TestProgramOfAStranger: whatever a bridge calls its endpoints, zwb types writes one interface that has nothing but literals. It sends the
// token nowhere else, and takes no answer without end.
func TestProgramOfAStranger(t *testing.T) {
	t.Parallel()
	evil := []string{`"; }; export const x = require("fs")`, "'; }\ndeclare const any: any; interface X { y: '", "*/ alert(1) /*", "`${alert(1)}`", "a\u2028b", "\u202ea", "\x00\x1b[2J",
		"__proto__", "constructor", "", "\\", "\\u0022", "]: unknown; [k: string", "a\r\nb", "//", "<script>"}
	var endpoints []map[string]any
	for _, name := range evil {
		endpoints = append(endpoints, map[string]any{"name": name, "types": []string{"SUB", "REQ", name}, "topics": evil, "functions": evil})
	}
	elsewhere := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere <- r.Header.Get("Authorization") }))
	defer other.Close()
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/leads"):
			http.Redirect(w, r, other.URL+"/endpoints", http.StatusTemporaryRedirect)
		case strings.HasPrefix(r.URL.Path, "/endless"):
			fmt.Fprint(w, `{"endpoints":[`)
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat(`{"name":"a","types":["SUB"]},`, 1000))
			}
		case strings.HasPrefix(r.URL.Path, "/refuses"):
			http.Error(w, "\x1b[2J\x1b]0;owned\a", http.StatusForbidden)
		default:
			w.Write(asJSON(map[string]any{"endpoints": endpoints}))
		}
	}))
	defer stranger.Close()
	literal := `("([^"\\]|\\.)*"|'([^'\\]|\\.)*')`
	line := regexp.MustCompile(`^(// Written by zwb types.*|export interface Endpoints \{|\}|  (` + literal + `|[A-Za-z_$][\w$]*): \{|  \};|` +
		`    types: ` + literal + `( \| ` + literal + `)*;|    topics: ` + literal + `( \| ` + literal + `)*;|    functions: \{|    \};|` +
		`      (` + literal + `|[A-Za-z_$][\w$]*)\(\.\.\.args: unknown\[\]\): unknown;)$`)
	text := run(t, "types", "--token", "planted", stranger.URL)
	for _, got := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if !line.MatchString(got) {
			t.Errorf("a line of the program: %q", got)
		}
	}
	if strings.Count(text, "\nexport ") != 1 || strings.ContainsAny(text, "\x00\x1b\r\u2028\u202e") {
		t.Errorf("it writes %q", text)
	}
	for _, path := range []string{"/leads", "/endless", "/refuses"} {
		out, err := exec.CommandContext(t.Context(), zwb, "types", "--token", "planted", stranger.URL+path).CombinedOutput()
		if err == nil || strings.ContainsAny(string(out), "\x1b\a") || strings.Contains(string(out), "planted") {
			t.Errorf("%s: %v, %q", path, err, out)
		}
	}
	select {
	case token := <-elsewhere:
		t.Errorf("somebody else is asked, with %q", token)
	default:
	}
}
