package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
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

// chooser is a service that lets in whoever comes, and allows what it is told to. It counts what it is asked.
type chooser struct {
	allows func(q users.Question) bool
	asked  int
}

// Request implements users.Requester.
func (c *chooser) Request(_ context.Context, _ string, question []byte) ([]byte, error) {
	var q users.Question
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	if q.Action == "connect" {
		return []byte(`{"allow": true, "user": "bob"}`), nil
	}
	c.asked++
	return json.Marshal(users.Answer{Allow: c.allows(q)})
}

// letIn is a user whom a service has let in.
func (c *chooser) letIn(t *testing.T) any {
	t.Helper()
	chain, err := users.New([]config.User{{ZMQ: &config.Asker{Address: "tcp://127.0.0.1:7000"}}}, users.Options{Requester: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chain.Close)
	user, err := chain.Authenticate(t.Context(), httptest.NewRequest("GET", "/data", nil), []byte(`{"token":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// TestReachableByService: the service is asked about what the file leaves, once for an endpoint and type, and not without end.
func TestReachableByService(t *testing.T) {
	c := &chooser{allows: func(q users.Question) bool { return q.Type == "REQ" && q.Endpoint != "plain" }}
	user := c.letIn(t)
	p := newPolicy(t, example())
	const want = "[{calc [REQ] false [] []} {mixed [REQ] false [] []} {streams [REQ] false [] []}]"
	if got := reachable(p, user); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	asked := c.asked // yes is kept for a while, no is not
	if got := reachable(p, user); got != want || c.asked != 2*asked-3 {
		t.Errorf("it is asked %d times, and then %d times more, and the list is %s", asked, c.asked-asked, got)
	}
	many := &config.File{Names: config.Endpoints{}}
	for n := range 2 * mostAsked {
		many.Names[fmt.Sprint("e", n)] = config.Endpoint{Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://127.0.0.1:1"}}
	}
	c.asked = 0
	if got := newPolicy(t, many).Reachable(httptest.NewRequest("GET", "/endpoints", nil), user); len(got) != 0 || c.asked != mostAsked {
		t.Errorf("of %d endpoints it is asked %d times", len(many.Names), c.asked)
	}
}
