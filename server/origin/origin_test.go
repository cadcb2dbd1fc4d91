package origin

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	tests := []struct {
		name     string
		host     string // that the request was sent to
		origin   string
		hosts    []string
		patterns []string
		refused  string // is in the reason; "": the page may connect
	}{
		{"no browser", "evil.example", "", nil, nil, ""},
		{"own page, by address", "127.0.0.1:8000", "http://127.0.0.1:8000", nil, nil, ""},
		{"own page, by address of a network", "192.168.1.7:8000", "http://192.168.1.7:8000", nil, nil, ""},
		{"own page, IPv6", "[::1]:8000", "http://[::1]:8000", nil, nil, ""},
		{"own page, localhost", "localhost:8000", "http://localhost:8000", nil, nil, ""},
		{"own page, below localhost", "bridge.localhost:8000", "http://bridge.localhost:8000", nil, nil, ""},
		{"own page, localhost with the dot of the root", "localhost.:8000", "http://localhost.:8000", nil, nil, ""},
		{"own page, by a name that is known", "bridge.example.org", "https://bridge.example.org", []string{"Bridge.example.org"}, nil, ""},
		{"own page, the port of the scheme written out", "bridge.example.org:443", "https://bridge.example.org", []string{"bridge.example.org"}, nil, ""},
		{"own page, by a name that is an allowed origin", "app.example.org", "https://app.example.org", nil, []string{"https://app.example.org"}, ""},
		{"rebound name", "evil.example:8000", "http://evil.example:8000", nil, nil, "--host evil.example"},
		{"rebound name that begins like a known one", "localhost.evil.example", "http://localhost.evil.example", nil, nil, "--host localhost.evil.example"},
		{"rebound name that looks like an address", "1.2.3.4.nip.example", "http://1.2.3.4.nip.example", nil, nil, "--host 1.2.3.4.nip.example"},
		{"another port of the same host", "127.0.0.1:8000", "http://127.0.0.1:3000", nil, nil, "--origin http://127.0.0.1:3000"},
		{"another host", "127.0.0.1:8000", "https://page.example", nil, nil, "--origin https://page.example"},
		{"another port of a known host", "bridge.example.org", "https://bridge.example.org:444", []string{"bridge.example.org"}, nil, "--origin"},
		{"IPv6 pattern", "x", "http://[::1]:3000", nil, []string{"http://[::1]:3000"}, ""},
		{"IPv6 pattern is no class of characters", "x", "http://1:3000", nil, []string{"http://[::1]:3000"}, "--origin"},
		{"IPv6 pattern written in another way", "x", "http://[::1]:3000", nil, []string{"http://[0:0::1]:3000"}, ""},
		{"wildcard", "x", "https://a.example.org", nil, []string{"https://*.example.org"}, ""},
		{"wildcard for several labels", "x", "https://a.b.example.org", nil, []string{"https://*.example.org"}, ""},
		{"wildcard for none", "x", "https://example.org", nil, []string{"https://*.example.org"}, "--origin"},
		{"wildcard in a label", "x", "https://app-17.example.org", nil, []string{"https://app-*.example.org"}, ""},
		{"wildcard in a label ends with it", "x", "https://app-17.evil.example.org", nil, []string{"https://app-*.example.org"}, "--origin"},
		{"wildcard in the middle is one label", "x", "https://a.b.c.example.org", nil, []string{"https://a.*.example.org"}, "--origin"},
		{"wildcard for every host", "x", "https://page.example", nil, []string{"https://*"}, ""},
		{"wildcard is no query", "x", "https://evil.com?.example.org", nil, []string{"https://*.example.org"}, "may not connect"},
		{"wildcard is no path", "x", "https://evil.com/.example.org", nil, []string{"https://*.example.org"}, "may not connect"},
		{"wildcard is no fragment", "x", "https://evil.com#.example.org", nil, []string{"https://*.example.org"}, "may not connect"},
		{"wildcard is no user", "x", "https://a@b.example.org", nil, []string{"https://*.example.org"}, "may not connect"},
		{"wildcard is no port", "x", "https://a.example.org:444", nil, []string{"https://*.example.org"}, "--origin"},
		{"wildcard is no scheme", "x", "http://a.example.org", nil, []string{"https://*.example.org"}, "--origin"},
		{"port of the scheme", "x", "https://a.example.org", nil, []string{"https://a.example.org:443/"}, ""},
		{"capitals", "x", "https://A.example.org", nil, []string{"HTTPS://a.Example.org"}, ""},
		{"another scheme", "x", "chrome-extension://abcdef", nil, []string{"chrome-extension://abcdef"}, ""},
		{"opaque", "x", "null", nil, []string{"https://*"}, "may not connect"},
		{"opaque, where all may", "x", "null", nil, []string{"*"}, ""},
		{"file", "x", "file://", nil, []string{"https://*"}, "may not connect"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o, err := New(test.hosts, test.patterns)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/data", nil)
			r.Host = test.host
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			got := o.Refuse(r)
			if (got == "") != (test.refused == "") || !strings.Contains(got, test.refused) {
				t.Errorf("refused with %q, want %q", got, test.refused)
			}
			if len(got) > 123 && len(test.origin) < 50 {
				t.Errorf("%q does not fit into a close frame", got)
			}
		})
	}
}

func TestOriginsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "app.example.org", "http://", "http://localhost:*", "*://app.example.org", "https://a.example.org/path",
		"https://a..example.org", "https://[a-z].example.org", "null", "https://a?.example.org"} {
		if Check(text) == nil {
			t.Errorf("%q passes for an origin", text)
		}
		if o, err := New(nil, []string{text}); err == nil || len(o.patterns) > 0 {
			t.Errorf("%q lets somebody in", text)
		}
	}
	for _, text := range []string{"*", "http://localhost:8080", "https://*.example.org", "http://[::1]:3000/"} {
		if err := Check(text); err != nil {
			t.Error(err)
		}
	}
}

func TestTwoOriginsAreNone(t *testing.T) {
	o, _ := New(nil, []string{"https://a.example.org"})
	r := httptest.NewRequest("GET", "/data", nil)
	r.Header["Origin"] = []string{"https://a.example.org", "https://b.example.org"}
	if o.Refuse(r) == "" {
		t.Error("a request with two Origins passes")
	}
}
