package policy

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func TestReachable(t *testing.T) {
	p := newPolicy(t, example())
	const always = "{asked [DEALER] false [] []} {calc [REQ] false [] [echo add]} {chat [PUB SUB] false [] []} {jobs [PULL] true [] []} " +
		"{mixed [REQ SUB] false [] []} {plain [REQ] false [] []}"
	const rest = " {room [DEALER] false [] []} {streams [REQ DEALER] false [] [tail rpc.describe]} {told [PUSH DEALER] false [] []}"
	for _, test := range []struct {
		name string
		user any
		want string
	}{
		{"nobody", nil, always + rest},
		{"a user whose claims forbid", visitor, always + rest},
		{"a user whose claims allow", bob, always + " {prices [SUB] false [fx.] []}" + rest},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, want := reachable(p, test.user), "["+test.want+"]"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func reachable(p *Policy, user any) string {
	return fmt.Sprint(p.Reachable(httptest.NewRequest("GET", "/endpoints", nil), user))
}

// TestReachableTopicsAndFunctions: those of the file are listed that this user may have, and none that has a value of a user in it.
func TestReachableTopicsAndFunctions(t *testing.T) {
	const subs, calls = "SUB XSUB PUB", "REQ DEALER"
	for _, test := range []struct {
		name, types string
		listed      config.Strings
		allow       string
		want        string // types, whether it binds, topics and functions
	}{
		{"topics", subs, config.Strings{"fx.", "user.{user}.", "{claims.desks}.", "{{x}}"}, "", "[SUB XSUB PUB] false [fx. {x}] []"},
		{"topics that the condition is asked about", "SUB XSUB", config.Strings{"a.x", "b.", "a."}, "topic startsWith 'a.'", "[SUB XSUB] false [a.x a.] []"},
		{"topics of who may only publish", subs, config.Strings{"a."}, "type == 'PUB'", "[PUB] false [] []"},
		{"functions", calls, config.Strings{"add", "rpc.describe"}, "", "[REQ DEALER] false [] [add rpc.describe]"},
		{"functions that the condition is asked about", calls, config.Strings{"drop", "add"}, "function != 'drop' || 'admin' in claims.groups", "[REQ DEALER] false [] [add]"},
		{"functions of nobody", calls, config.Strings{"drop"}, "function == 'add'", "[REQ DEALER] false [] []"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := config.Endpoint{Type: strings.Fields(test.types), Address: config.Strings{"tcp://127.0.0.1:1"}, Allow: test.allow}
			if test.types == calls {
				e.Functions = test.listed
			} else {
				e.Topics = test.listed
			}
			p := newPolicy(t, &config.File{Names: config.Endpoints{"it": e}})
			if got, want := reachable(p, bob), "[{it "+test.want+"}]"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
