package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestForwarded(t *testing.T) {
	const proxy, other, stranger = "10.0.0.1:1000", "10.0.0.2", "192.0.2.9:1000"
	tests := []struct {
		name        string
		remote      string
		forwarded   []string
		client      string
		user, proto string // what is left of headers that only a proxy may send
	}{
		{"a client of a proxy", proxy, []string{"198.51.100.1"}, "198.51.100.1:1000", "bob", "https"},
		{"what a client made up stands before", proxy, []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1:1000", "bob", "https"},
		{"two proxies", proxy, []string{"198.51.100.1", other}, "198.51.100.1:1000", "bob", "https"},
		{"nonsense before", proxy, []string{"nonsense, 198.51.100.1, " + other}, "198.51.100.1:1000", "bob", "https"},
		{"nonsense in the last place", proxy, []string{"198.51.100.1, nonsense"}, proxy, "bob", "https"},
		{"IPv6", proxy, []string{"2001:db8::1"}, "[2001:db8::1]:1000", "bob", "https"},
		{"only proxies", proxy, []string{other}, other + ":1000", "bob", "https"},
		{"no word of a client", proxy, nil, proxy, "bob", "https"},
		{"a stranger", stranger, []string{"198.51.100.1"}, stranger, "", ""},
		{"over a file", "@", []string{"198.51.100.1"}, "@", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var seen *http.Request
			h := Forwarded([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, []string{"X-Forwarded-User"},
				http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }))
			r := httptest.NewRequest("GET", "/data", nil)
			r.RemoteAddr = test.remote
			for _, line := range test.forwarded {
				r.Header.Add("X-Forwarded-For", line)
			}
			r.Header.Set("X-Forwarded-User", "bob")
			r.Header.Set("X-Forwarded-Proto", "https")
			r.Header.Set("X-Forwarded-Host", "app.example.org")
			h.ServeHTTP(httptest.NewRecorder(), r)
			if seen.RemoteAddr != test.client {
				t.Errorf("the client is %s, want %s", seen.RemoteAddr, test.client)
			}
			if user, proto := seen.Header.Get("X-Forwarded-User"), seen.Header.Get("X-Forwarded-Proto"); user != test.user || proto != test.proto {
				t.Errorf("the user is %q, the protocol %q", user, proto)
			}
			if FromProxy(seen) != (test.user != "") {
				t.Error("it is not known whether it came through a proxy")
			}
			if trusted := seen.Host == "app.example.org"; trusted != (test.user != "") {
				t.Errorf("the host is %s", seen.Host)
			}
		})
	}
}

// TestForwardedThroughASocketOfUnix: such a proxy is one at 127.0.0.1.
func TestForwardedThroughASocketOfUnix(t *testing.T) {
	for proxies, client := range map[string]string{"127.0.0.1/32": "198.51.100.1:0", "127.0.0.2/32": "@"} {
		var seen *http.Request
		h := Forwarded([]netip.Prefix{netip.MustParsePrefix(proxies)}, nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }))
		r := httptest.NewRequest("GET", "/data", nil)
		r.RemoteAddr = "@"
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if seen.RemoteAddr != client || FromProxy(seen) != (client != "@") {
			t.Errorf("with the proxies %s the client is %s", proxies, seen.RemoteAddr)
		}
	}
}
