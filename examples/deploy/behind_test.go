//go:build long

package deploy

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestBehindProxies: everything that a bridge behind a proxy has to hold, with TLS and below a path, through each of them.
func TestBehindProxies(t *testing.T) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			s := p.startSite(t)
			t.Run("users with a token", s.usersWithAToken)
			t.Run("users whom the proxy knows", s.usersOfTheProxy)
			t.Run("what clients make up", s.whatClientsMakeUp)
			t.Run("names of the bridge", s.namesOfTheBridge)
			t.Run("addresses in a URL", s.addressesInAURL)
			t.Run("the admin listener", s.adminListener)
			if s.told { // clients on this machine are not counted, and Caddy takes them for such
				t.Run("connections of one address", s.connectionsOfOneAddress)
			}
		})
	}
}

func (s *site) usersWithAToken(t *testing.T) {
	if err := s.ask(t, visit{token: s.bridge.token}); err != nil {
		t.Fatal(err)
	}
	s.bridge.await(t, decision{"open", "bob", s.address(somewhere), true})
	for _, token := range []string{"", "wrong"} {
		if err := s.ask(t, visit{token: token}); core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("with the token %q: %v", token, err)
		}
	}
	if got := s.get(t, "/zwb/zmq.js"); got != http.StatusOK {
		t.Errorf("the client for pages: %d", got)
	}
	if got := s.get(t, "/zwb"); got/100 != 3 {
		t.Errorf("/zwb does not lead to /zwb/: %d", got)
	}
}

func (s *site) usersOfTheProxy(t *testing.T) {
	if err := s.ask(t, visit{path: "/team/data", header: map[string]string{"Authorization": basic("alice", password)}}); err != nil {
		t.Fatal(err)
	}
	s.bridge.await(t, decision{"open", "alice", s.address(somewhere), true})
	for _, header := range []map[string]string{{}, {"Authorization": basic("alice", "wrong")}, {"X-Forwarded-User": "alice"}} {
		if err := s.ask(t, visit{path: "/team/data", token: s.bridge.token, header: header}); core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("with %v: %v", header, err)
		}
	}
}

// addressesInAURL: an address comes through in the query, whether its slashes and colons are escaped there or not. In a path one proxy
// makes one slash of two, and another one refuses %2F.
func (s *site) addressesInAURL(t *testing.T) {
	for _, address := range []string{s.bridge.backend, url.QueryEscape(s.bridge.backend)} {
		for _, path := range []string{"/zwb/req?address=", "/zwb/req/?address="} {
			r, err := http.NewRequest("POST", "https://bridge.example.org"+path+address, strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.bridge.token)
			answer, err := s.client("").Do(r)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != http.StatusOK || string(text) != "hello" {
				t.Errorf("%s%s: %d %.200s, %v", path, address, answer.StatusCode, text, err)
			}
		}
	}
}

// whatClientsMakeUp: what clients say about who and where they are is not believed.
func (s *site) whatClientsMakeUp(t *testing.T) {
	for _, header := range []map[string]string{{"X-Forwarded-User": "root"}, {"X_Forwarded_User": "root"}, {"Authorization": basic("alice", "wrong")}} {
		if err := s.ask(t, visit{header: header}); core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("with %v: %v", header, err)
		}
	}
	mallory := map[string]string{"X-Forwarded-User": "root", "X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X-Real-Ip": "198.51.100.7"}
	if err := s.ask(t, visit{from: "203.0.113.6", token: s.bridge.token, header: mallory}); err != nil {
		t.Fatal(err)
	}
	s.bridge.await(t, decision{"open", "bob", s.address("203.0.113.6"), true})
	mallory["Authorization"] = basic("alice", password)
	if err := s.ask(t, visit{from: "203.0.113.7", path: "/team/data", header: mallory}); err != nil {
		t.Fatal(err)
	}
	s.bridge.await(t, decision{"open", "alice", s.address("203.0.113.7"), true})
}

// namesOfTheBridge: pages of the bridge's name may connect, and those of other names that somebody has pointed here may not.
func (s *site) namesOfTheBridge(t *testing.T) {
	for _, test := range []struct {
		host, origin, said string
		mayConnect         bool
	}{
		{"bridge.example.org", "https://bridge.example.org", "", true},
		{"bridge.example.org", "https://evil.example", "", false},
		{"evil.example", "https://evil.example", "", false},
		{"evil.example", "https://evil.example", "bridge.example.org", false},
		{"bridge.example.org", "https://evil.example", "evil.example", false},
	} {
		header := map[string]string{"Origin": test.origin}
		if test.said != "" {
			header["X-Forwarded-Host"] = test.said
		}
		err := s.ask(t, visit{from: elsewhere, host: test.host, token: s.bridge.token, header: header})
		if (err == nil) != test.mayConnect {
			t.Errorf("a page of %s at %s, %q: %v", test.origin, test.host, test.said, err)
		}
	}
}

func (s *site) adminListener(t *testing.T) {
	if got := status(t, "http://"+s.bridge.admin+"/metrics"); got != http.StatusOK {
		t.Fatalf("there is none: %d", got)
	}
	for _, folder := range []string{"/", "/zwb/", "/team/", "/zwb/../", "/zwb/%2e%2e/"} {
		for _, path := range []string{"metrics", "livez", "api/stats", "debug/pprof/"} {
			if got := s.get(t, folder+path); got == http.StatusOK {
				t.Errorf("%s%s: %d", folder, path, got)
			}
		}
	}
}

// TestAdminWhereItIsConfigured: a proxy that is told to, as its README says it, passes the admin listener on to whom it is for.
func TestAdminWhereItIsConfigured(t *testing.T) {
	location := regexp.MustCompile("`(location /zwb-admin/ .*)`").FindStringSubmatch(read(t, "README.md"))
	if location == nil {
		t.Fatal("README.md does not say how")
	}
	s := proxies[0].startSite(t, "location /team/ {", strings.ReplaceAll(location[1], "127.0.0.1:8001", "ADMIN")+"\n\tlocation /team/ {")
	for from, want := range map[string]int{"10.1.2.3": http.StatusOK, elsewhere: http.StatusForbidden} {
		answer, err := s.client(from).Get("https://bridge.example.org/zwb-admin/metrics")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("for %s: %s", from, answer.Status)
		}
	}
}

// TestThroughASocketOfUnix: a proxy that reaches the bridge that way is believed like one at 127.0.0.1.
func TestThroughASocketOfUnix(t *testing.T) {
	s := proxies[0].startSite(t, "proxy_pass http://", "proxy_pass http://unix:SOCKET:/; # ")
	t.Run("users with a token", s.usersWithAToken)
	t.Run("users whom the proxy knows", s.usersOfTheProxy)
	t.Run("connections of one address", s.connectionsOfOneAddress)
}

// TestConnectionsBehindCaddy: clients on this machine are not counted, and Caddy knows no other way here to hear where they come from than
// from a balancer that it trusts.
func TestConnectionsBehindCaddy(t *testing.T) {
	for _, p := range proxies {
		if p.name == "Caddy" {
			p.balanced = true
			s := p.startSite(t, "header_up -X-Forwarded-User", "header_up -X-Forwarded-User\n\t\t\ttrusted_proxies 127.0.0.1/32")
			s.connectionsOfOneAddress(t)
		}
	}
}

// connectionsOfOneAddress: the bridge counts connections of clients, and not those of the proxy.
func (s *site) connectionsOfOneAddress(t *testing.T) {
	const most = 3
	crowd, other := visit{from: "203.0.113.8", token: s.bridge.token}, visit{from: "203.0.113.9", token: s.bridge.token}
	if s.balanced {
		crowd.header, other.header = map[string]string{"X-Forwarded-For": crowd.from}, map[string]string{"X-Forwarded-For": other.from}
	}
	for range most {
		if err := s.ask(t, crowd); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.ask(t, crowd); err == nil {
		t.Errorf("one address has more than %d connections", most)
	}
	if err := s.ask(t, other); err != nil {
		t.Errorf("another address: %v", err)
	}
}
