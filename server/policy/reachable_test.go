package policy

import (
	"fmt"
	"net/http/httptest"
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
	for _, test := range []struct {
		name  string
		entry config.Endpoint
		want  string // topics and functions
	}{
		{"without a condition", config.Endpoint{Topics: config.Strings{"fx.", "user.{user}.", "{claims.desks}.", "{{x}}"}, Functions: config.Strings{"add"}},
			"[fx. {x}] [add]"},
		{"by the topic", config.Endpoint{Topics: config.Strings{"a.x", "b.", "a."}, Allow: "topic startsWith 'a.'"}, "[a.x a.] []"},
		{"by the function", config.Endpoint{Functions: config.Strings{"drop", "add"}, Allow: "function != 'drop' || 'admin' in claims.groups"}, "[] [add]"},
		{"by both", config.Endpoint{Topics: config.Strings{"a.", "b."}, Functions: config.Strings{"f", "g"}, Allow: "topic == 'a.' || function == 'g'"}, "[a.] [g]"},
		{"neither", config.Endpoint{Type: config.Strings{"PUSH"}, Topics: config.Strings{"a."}, Functions: config.Strings{"f"}}, "[] []"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.entry.Address = config.Strings{"tcp://127.0.0.1:1"}
			if test.entry.Type == nil {
				test.entry.Type = config.Strings{"SUB", "XSUB", "REQ", "DEALER"}
			}
			p := newPolicy(t, &config.File{Names: config.Endpoints{"it": test.entry}})
			if got, want := reachable(p, bob), fmt.Sprintf("[{it %v false %s}]", test.entry.Type, test.want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
