package policy

import (
	"context"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// TestAddressesOverHTTP: a rule about addresses is for who comes over HTTP only where it says so, and says why only to who may have
// the address otherwise.
func TestAddressesOverHTTP(t *testing.T) {
	file := &config.File{
		Names: config.Endpoints{"feed": {Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://10.0.0.7:1"}}},
		Rules: []config.Address{
			{Types: config.Strings{"SUB"}, Address: "tcp://10.0.0.5:*", Allow: "user == 'alice'"},
			{Address: "tcp://10.0.0.6:*", HTTP: true},
			{Types: config.Strings{"SUB"}, Address: "tcp://10.0.0.8:1", Rate: 5},
			{Types: config.Strings{"SUB"}, Address: "tcp://10.0.0.8:1", Rate: 9, HTTP: true},
		},
	}
	given, err := ParseRule("SUB tcp://10.0.0.9:1 http=true rate=20/s")
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := New(file, Rules{given})
	if err != nil {
		t.Fatal(err)
	}
	const lacks, generic = "lacks http: true", "is not allowed here"
	for name, test := range map[string]struct {
		user string
		typ  core.SocketType
		at   string
		bind bool
		door access.Door
		want string // in the refusal; "": there is none
	}{
		"a client":                            {"alice", core.SUB, "tcp://10.0.0.5:1", false, access.ByClient, ""},
		"HTTP":                                {"alice", core.SUB, "tcp://10.0.0.5:1", false, access.ByHTTP, lacks},
		"a WebSocket":                         {"alice", core.SUB, "tcp://10.0.0.5:1", false, access.ByWebSocket, lacks},
		"a peer of ZWS":                       {"alice", core.SUB, "tcp://10.0.0.5:1", false, access.ByZWS, lacks},
		"who may not have it anyway":          {"bob", core.SUB, "tcp://10.0.0.5:1", false, access.ByHTTP, generic},
		"of which there is no rule":           {"alice", core.SUB, "tcp://10.1.0.5:1", false, access.ByHTTP, generic},
		"HTTP, where it is said":              {"bob", core.SUB, "tcp://10.0.0.6:1", false, access.ByHTTP, ""},
		"a peer of ZWS, where it is said":     {"bob", core.DEALER, "tcp://10.0.0.6:1", false, access.ByZWS, ""},
		"a REP, for which the bridge listens": {"bob", core.REP, "tcp://10.0.0.6:1", false, access.ByZWS, lacks},
		"a REP of a client":                   {"bob", core.REP, "tcp://10.0.0.6:1", false, access.ByClient, ""},
		"a name":                              {"bob", core.SUB, "feed", false, access.ByHTTP, ""},
		"--allow":                             {"bob", core.SUB, "tcp://10.0.0.9:1", false, access.ByHTTP, ""},
	} {
		ep, err := core.ParseEndpoint(test.at)
		if err != nil {
			t.Fatal(err)
		}
		err = p.ZMQAllowed(context.Background(), access.Access{User: Somebody(test.user, nil), Type: test.typ, Endpoint: ep, Bind: test.bind, Door: test.door})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	eight := access.Access{User: Somebody("bob", nil), Type: core.SUB, Endpoint: core.Endpoint{Transport: "tcp", Host: "10.0.0.8", Port: 1}}
	if f := p.Flow(eight); f.MaxRate != 5 {
		t.Errorf("a client has the rate %v", f.MaxRate)
	}
	if eight.Door = access.ByHTTP; p.Flow(eight).MaxRate != 9 {
		t.Error("over HTTP the rate is that of a rule which is not for it")
	}
	if rules := (Rules{given}); rules.ZMQAllowed(context.Background(), eight) == nil {
		t.Error("a rule allows what it is not about")
	}
	for text, want := range map[string]string{"bind PULL tcp://127.0.0.1:1 http=true": "listens at no address", "SUB tcp://127.0.0.1:1 http=yes": "http is true, or left out"} {
		if _, err := ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
