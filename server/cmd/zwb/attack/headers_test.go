package attack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// TestSpoofedHeaders: who somebody is, and where they come from, may be said in headers by the proxy and by nobody else, and the proxy
// says it once.
func TestSpoofedHeaders(t *testing.T) {
	t.Parallel()
	b := start(t, `proxies: [127.0.0.1/32]
users:
  - header: {user: X-Forwarded-User, groups: X-Forwarded-Groups}
endpoints:
  inside: {type: REQ, address: "tcp://127.0.0.1:1", allow: "ip == '10.9.9.9'"}
  admins: {type: REQ, address: "tcp://127.0.0.1:1", allow: "'admin' in claims.groups"}
  bridge: {type: REQ, address: "tcp://127.0.0.1:1", allow: "origin == 'https://bridge.example'"}
`, nil)
	const proxy, elsewhere = "127.0.0.1", "127.0.0.2"
	for _, tt := range []struct {
		name, from string
		headers    []string
		endpoint   string
		in, opens  bool
	}{
		{"the proxy", proxy, []string{"X-Forwarded-User: alice", "X-Forwarded-For: 10.9.9.9"}, "inside", true, true},
		{"the proxy, of an admin", proxy, []string{"X-Forwarded-User: alice", "X-Forwarded-Groups: admin, x"}, "admins", true, true},
		{"a stranger", elsewhere, []string{"X-Forwarded-User: alice", "X-Forwarded-For: 10.9.9.9"}, "inside", false, false},
		{"in other letters", elsewhere, []string{"x-FORWARDED-user: alice"}, "inside", false, false},
		{"with an underscore", elsewhere, []string{"X_Forwarded_User: alice"}, "inside", false, false},
		{"with a space", elsewhere, []string{"X-Forwarded-User : alice"}, "inside", false, false},
		{"as a continuation", elsewhere, []string{"X-A: b\r\n X-Forwarded-User: alice"}, "inside", false, false},
		{"who says to be the proxy", elsewhere, []string{"X-Forwarded-User: alice", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1"}, "inside", false, false},
		{"through the proxy, twice", proxy, []string{"X-Forwarded-User: root", "X-Forwarded-User: alice"}, "admins", false, false},
		{"through the proxy, groups twice", proxy, []string{"X-Forwarded-User: alice", "X-Forwarded-Groups: admin", "X-Forwarded-Groups: none"}, "admins", false, false},
		{"through the proxy, which says nothing", proxy, nil, "inside", false, false},
		{"through the proxy, of two lines", proxy, []string{"X-Forwarded-User: a\x00b"}, "inside", false, false},
		{"through the proxy, an address in front", proxy, []string{"X-Forwarded-User: alice", "X-Forwarded-For: 10.9.9.9, 192.0.2.1"}, "inside", true, false},
		{"through the proxy, an address on another line", proxy, []string{"X-Forwarded-User: alice", "X-Forwarded-For: 10.9.9.9", "X-Forwarded-For: 192.0.2.1"}, "inside", true, false},
		{"through the proxy, no address", proxy, []string{"X-Forwarded-User: alice", "X-Forwarded-For: 10.9.9.9' or '1"}, "inside", true, false},
		{"through the proxy, another header", proxy, []string{"X-Forwarded-User: alice", "X-Real-IP: 10.9.9.9", "Forwarded: for=10.9.9.9", "X-Client-IP: 10.9.9.9"}, "inside", true, false},
	} {
		door := b.door()
		door.From, door.Headers = tt.from, tt.headers
		v, _, err := door.Enter(core.Frame{})
		if (err == nil) != tt.in {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil {
			continue
		}
		if got := opens(v, core.REQ, tt.endpoint); got != tt.opens {
			t.Errorf("%s: %s opens: %v", tt.name, tt.endpoint, got)
		}
		v.Close()
	}
}

// opens tells whether an endpoint is allowed, whether or not anybody is there.
func opens(v *intruder.Intruder, typ core.SocketType, endpoint string) bool {
	v.Open(1, typ, 0, endpoint)
	f := v.Hear(core.KindRefused, core.KindOpened, core.KindState)
	return f != nil && f.Code != core.Denied
}

// TestConnectionsOfOneStranger: connections of one address are counted by where they really come from.
func TestConnectionsOfOneStranger(t *testing.T) {
	t.Parallel()
	b := start(t, "proxies: [127.0.0.1/32]\nlimits: {connections_per_ip: 5, connections_per_user: 3}\n"+withSecret, secretFile)
	many := func(forwarded string, user func(n int) string) (let int) {
		for n := range 20 {
			door := b.door()
			door.Headers = []string{"X-Forwarded-For: " + strings.ReplaceAll(forwarded, "N", fmt.Sprint(n))}
			v, _, err := door.Enter(credentials(signed(user(n), nil)))
			if err == nil {
				t.Cleanup(func() { v.Close() })
				let++
			}
		}
		return let
	}
	different := func(n int) string { return fmt.Sprint("user-", n) }
	if n := many("10.0.0.N, 192.0.2.7", different); n != 5 {
		t.Errorf("one address has %d connections", n)
	}
	if n := many("2001:db8::N", different); n != 5 {
		t.Errorf("one network of IPv6 has %d connections", n)
	}
	if n := many("192.0.2.1N", different); n != 20 {
		t.Errorf("of 20 addresses came %d", n)
	}
	if n := many("192.0.2.2N", func(int) string { return "alice" }); n != 3 {
		t.Errorf("one user has %d connections", n)
	}
	for limit, want := range map[string]float64{"connections_per_ip": 30, "connections_per_user": 17} {
		if got := b.metric(`zwb_limit_hits_total{limit="` + limit + `"}`); got != want {
			t.Errorf("%s was hit %v times, of which %v were counted", limit, want, got)
		}
	}
}
