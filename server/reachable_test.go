package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestReachable: the list of endpoints is for whoever may connect, as that user, and for no page of another host or origin.
func TestReachable(t *testing.T) {
	tests := []struct {
		name, method, host string
		header             http.Header
		status             int
		body               string // it contains this
		allowed            string // the origin that may read it
	}{
		{"nobody in particular", "GET", "127.0.0.1:8000", nil, 401, "who are you?", ""},
		{"a user", "GET", "127.0.0.1:8000", http.Header{"Authorization": {"Bearer bob"}}, 200, `{"endpoints":[{"name":"of bob","types":["SUB"],"topics":["a."]}]}`, ""},
		{"a user without any", "GET", "localhost", http.Header{"Authorization": {"Bearer eve"}}, 200, `{"endpoints":[]}`, ""},
		{"by its own name", "GET", "bridge.example.org", http.Header{"Authorization": {"Bearer bob"}}, 200, "of bob", ""},
		{"by the host of an allowed origin", "GET", "app.example.org", http.Header{"Authorization": {"Bearer bob"}}, 200, "of bob", ""},
		{"by a name that leads here", "GET", "evil.example.com", http.Header{"Authorization": {"Bearer bob"}}, 403, "unknown host", ""},
		{"an allowed page", "GET", "127.0.0.1:8000", http.Header{"Authorization": {"Bearer bob"}, "Origin": {"https://app.example.org"}}, 200, "of bob", "https://app.example.org"},
		{"another page", "GET", "127.0.0.1:8000", http.Header{"Authorization": {"Bearer bob"}, "Origin": {"https://evil.example.com"}}, 403, "origin refused", ""},
		{"a page of no origin", "GET", "127.0.0.1:8000", http.Header{"Authorization": {"Bearer bob"}, "Origin": {"null"}}, 403, "pages of this origin", ""},
		{"who may not connect", "GET", "127.0.0.1:8000", http.Header{"Authorization": {"Bearer bob"}, "X-Banned": {"1"}}, 403, "not allowed", ""},
		{"to write", "POST", "127.0.0.1:8000", http.Header{"Authorization": {"Bearer bob"}}, 405, "only GET, HEAD", ""},
	}
	b := New(Config{
		Hosts: []string{"bridge.example.org"}, Origins: []string{"https://app.example.org"},
		WebsocketAllowed: func(r *http.Request) error {
			if r.Header.Get("X-Banned") != "" {
				return core.NewError(core.Denied, "not allowed")
			}
			return nil
		},
		Authenticate: func(_ context.Context, r *http.Request, credentials []byte) (any, error) {
			user, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok || credentials != nil {
				return nil, core.NewError(core.Unauthenticated, "who are you?")
			}
			return user, nil
		},
		Reachable: func(_ *http.Request, user any) []Reachable {
			if user != "bob" {
				return nil
			}
			return []Reachable{{Name: "of bob", Types: []string{"SUB"}, Topics: []string{"a."}}}
		},
	})
	t.Cleanup(b.Close)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "http://"+test.host+"/endpoints", nil)
			for name, values := range test.header {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			b.Reachable().ServeHTTP(w, r)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
				t.Errorf("%d %q", w.Code, w.Body)
			}
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != test.allowed {
				t.Errorf("the origin %q may read it", got)
			}
			if w.Code != 405 && w.Header().Get("Cache-Control") != "no-store" {
				t.Error("it may be kept for others")
			}
		})
	}
}

// TestReachableTooOften: whoever asks again and again is answered as fast as the limits say, before anybody is asked who that is.
func TestReachableTooOften(t *testing.T) {
	asked := 0
	b := New(allowAll(Config{MessageRate: 2, Authenticate: func(context.Context, *http.Request, []byte) (any, error) { asked++; return "bob", nil }}))
	t.Cleanup(b.Close)
	refused := 0
	for range 50 {
		w := httptest.NewRecorder()
		if b.Reachable().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8000/endpoints", nil)); w.Code == http.StatusServiceUnavailable {
			refused++
		}
	}
	if refused < 40 || asked != 50-refused {
		t.Errorf("%d of 50 were refused, and %d asked about", refused, asked)
	}
}

// TestReachableWithoutHooks: a bridge that knows no names lists none, and a hook that fails lists none either.
func TestReachableWithoutHooks(t *testing.T) {
	for name, hook := range map[string]func(*http.Request, any) []Reachable{
		"none":   nil,
		"panics": func(*http.Request, any) []Reachable { panic("of the hook") },
	} {
		t.Run(name, func(t *testing.T) {
			b := New(allowAll(Config{Reachable: hook}))
			defer b.Close()
			w := httptest.NewRecorder()
			b.Reachable().ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/endpoints", nil))
			if w.Code != 200 || w.Body.String() != "{\"endpoints\":[]}\n" {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
}
