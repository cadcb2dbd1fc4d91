package policy

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func TestRules(t *testing.T) {
	tests := []struct {
		rule    string
		typ     core.SocketType
		address string
		want    bool
	}{
		{"REQ tcp://127.0.0.1:10001", core.REQ, "tcp://127.0.0.1:10001", true},
		{"REQ tcp://127.0.0.1:10001", core.SUB, "tcp://127.0.0.1:10001", false},
		{"REQ tcp://127.0.0.1:10001", core.REQ, "tcp://127.0.0.1:10002", false},
		{"REQ tcp://127.0.0.1:10001", core.REQ, "tcp://127.0.0.2:10001", false},
		{"req,SUB tcp://backend:5000-5999", core.SUB, "tcp://BACKEND:5999", true},
		{"REQ,SUB tcp://backend:5000-5999", core.SUB, "tcp://backend:6000", false},
		{"REQ,SUB tcp://backend:5000-5999", core.REP, "tcp://backend:5000", false},
		{"* tcp://127.0.0.1:*", core.PULL, "tcp://127.0.0.1:65535", true},
		{"* tcp://127.0.0.1:*", core.PULL, "tcp://localhost:65535", false},
		{"SUB tcp://[::1]:7000", core.SUB, "tcp://[0:0::1]:7000", true},
		{"SUB tcp://[::1]:*", core.SUB, "tcp://[::1]:1", true},
		{"SUB ipc:///run/feed", core.SUB, "ipc:///run/feed", true},
		{"SUB ipc:///run/feed", core.SUB, "ipc:///run/feed2", false},
		{"SUB ipc:///run/feed", core.SUB, "tcp://127.0.0.1:1", false},
		{"SUB ipc:///run/a:1-2", core.SUB, "ipc:///run/a:1-2", true},
		{"SUB ipc:///run/feeds/*", core.SUB, "ipc:///run/feeds/fx", true},
		{"SUB ipc:///run/feeds/*", core.SUB, "ipc:///run/feeds/eu/fx", true},
		{"SUB ipc:///run/feeds/*", core.REQ, "ipc:///run/feeds/fx", false},
		{"SUB ipc:///run/feeds/*", core.SUB, "ipc:///run/feedsfx", false},
		{"SUB ipc:///run/feeds/*", core.SUB, "ipc:///run/feeds", false},
		{"SUB ipc:///run/feeds/*", core.SUB, "ipc:///run/other", false},
		{"SUB ipc:///run/feeds/*", core.SUB, "ipc://@/run/feeds/fx", false},
		{"SUB ipc:///*", core.SUB, "ipc:///fx", true},
		{"* ipc:///run/*", core.SUB, "tcp://127.0.0.1:1", false},
		{"SUB ipc:///run/feed*", core.SUB, "ipc:///run/feeds", false},
		{"PULL tcp://127.0.0.1:1", core.PULL, "bind tcp://127.0.0.1:1", false},
		{"bind PULL tcp://127.0.0.1:1", core.PULL, "bind tcp://127.0.0.1:1", true},
		{"bind PULL tcp://127.0.0.1:1", core.PULL, "tcp://127.0.0.1:1", false},
		{"bind * tcp://127.0.0.1:*", core.SUB, "bind tcp://127.0.0.1:9", true},
		{"REP tcp://127.0.0.1:1", core.REP, "bind tcp://127.0.0.1:1", true},
	}
	for _, test := range tests {
		t.Run(test.rule+" for "+test.typ.String()+" "+test.address, func(t *testing.T) {
			rule, err := ParseRule(test.rule)
			if err != nil {
				t.Fatal(err)
			}
			address, bind := strings.CutPrefix(test.address, "bind ")
			ep, err := core.ParseEndpoint(address)
			if err != nil {
				t.Fatal(err)
			}
			err = Rules{rule}.ZMQAllowed(t.Context(), access.Access{Type: test.typ, Endpoint: ep, Bind: bind})
			if got := err == nil; got != test.want {
				t.Errorf("allowed: %v (%v)", got, err)
			}
			if err != nil && core.CodeOf(err) != core.Denied {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestMalformedRules(t *testing.T) {
	for _, text := range []string{
		"", "bind", "bind REQ", "REQ", "tcp://127.0.0.1:1", "REQ tcp://127.0.0.1:1 more", "FOO tcp://127.0.0.1:1", "REQ, tcp://127.0.0.1:1",
		"REQ tcp://127.0.0.1", "REQ tcp://*:5555", "REQ tcp://127.0.0.1:0-5", "REQ tcp://127.0.0.1:9-5", "REQ tcp://127.0.0.1:1-99999",
		"SUB ipc:///run/../etc/*", "SUB ipc:///run//x/*", "REQ tcp://127.0.0.1:-", "REQ inproc://x", "REQ udp://127.0.0.1:1",
	} {
		if rule, err := ParseRule(text); core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: %+v, %v", text, rule, err)
		}
	}
}

func TestNoRulesAllowNothing(t *testing.T) {
	if err := (Rules)(nil).ZMQAllowed(t.Context(), access.Access{}); core.CodeOf(err) != core.Denied {
		t.Errorf("got %v", err)
	}
}
