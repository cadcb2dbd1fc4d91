package policy

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// person is a user of a test.
type person condition.Subject

func (p person) Subject() condition.Subject { return condition.Subject(p) }

var (
	bob     = person{User: "bob", Claims: map[string]any{"groups": []any{"trader"}, "desks": []any{"fx", "eq"}}}
	visitor = person{User: "eve", Claims: map[string]any{}}
	nobody  = person{}
)

// example is the file of most tests.
func example() *config.File {
	return &config.File{
		Names: config.Endpoints{
			"prices": {Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://10.0.0.5:5556"}, Allow: "'trader' in claims.groups",
				Topics: config.Strings{"fx.", "user.{user}.", "{claims.desks}."}, Rate: 20, Overflow: config.Strings{"conflate", "drop-oldest"},
				History: &config.History{Messages: 100}},
			"calc": {Type: config.Strings{"REQ"}, Address: config.Strings{"tcp://10.0.0.6:5555", "tcp://10.0.0.7:5555"},
				Functions: config.Strings{"echo", "add"}, Message: config.Message{Max: 1000}},
			"mixed": {Type: config.Strings{"REQ", "SUB", "PUB"}, Address: config.Strings{"ipc:///run/mixed"},
				Allow: "topic startsWith 'a.' || function == 'f'"},
			"chat":    {Type: config.Strings{"PUB", "SUB"}, Address: config.Strings{"tcp://10.0.0.8:1"}, Publish: config.Strings{"chat.{user}."}, Rate: 5},
			"room":    {Type: config.Strings{"DEALER"}, Address: config.Strings{"tcp://10.0.0.9:5560"}, Identity: config.Strings{"{user}.*"}},
			"jobs":    {Type: config.Strings{"PULL"}, Bind: true, Address: config.Strings{"tcp://127.0.0.1:5559"}},
			"told":    {Type: config.Strings{"PUSH", "DEALER"}, Address: config.Strings{"tcp://10.0.0.10:1"}, Caller: &config.Caller{}},
			"streams": {Type: config.Strings{"REQ", "DEALER"}, Address: config.Strings{"tcp://10.0.0.14:1"}, Functions: config.Strings{"tail", "rpc.describe"}},
			"asked":   {Type: config.Strings{"DEALER"}, Address: config.Strings{"tcp://10.0.0.13:1"}, Allow: "function == 'f'"},
			"plain":   {Type: config.Strings{"REQ"}, Address: config.Strings{"tcp://10.0.0.11:1"}, Message: config.Message{JSON: true}},
		},
		Rules: []config.Address{
			{Types: config.Strings{"SUB", "REQ"}, Address: "tcp://10.1.0.0/16:5000-5999", Allow: "'dev' in claims.groups || user == 'bob' && address.port == 5001"},
		},
		Networks: []string{"10.0.0.0/8", "127.0.0.0/8"},
	}
}

func newPolicy(t *testing.T, f *config.File, rules ...string) *Policy {
	t.Helper()
	var parsed Rules
	for _, text := range rules {
		r, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, r)
	}
	p, _, err := New(f, parsed)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(t *testing.T, who person, typ core.SocketType, address string) access.Access {
	t.Helper()
	ep, err := core.ParseEndpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest("GET", "http://bridge/data", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	return access.Access{HTTP: r, User: who, Type: typ, Endpoint: ep, Session: "0123"}
}

func TestWhoMayReachWhat(t *testing.T) {
	p := newPolicy(t, example(), "PAIR tcp://10.0.0.99:1")
	tests := []struct {
		who     person
		typ     core.SocketType
		address string
		prefix  string // "-": the question is about the socket
		want    bool
	}{
		{bob, core.SUB, "prices", "-", true},
		{visitor, core.SUB, "prices", "-", false},
		{nobody, core.SUB, "prices", "-", false},
		{bob, core.XSUB, "prices", "-", false}, // another type
		{bob, core.SUB, "prizes", "-", false},
		{bob, core.SUB, "tcp://10.0.0.5:5556", "-", false}, // its address
		{bob, core.SUB, "prices", "fx.eur", true},
		{bob, core.SUB, "prices", "fx", false},
		{bob, core.SUB, "prices", "", false},
		{bob, core.SUB, "prices", "user.bob.", true},
		{bob, core.SUB, "prices", "user.bobby.", false},
		{bob, core.SUB, "prices", "eq.ibm", true},
		{bob, core.SUB, "prices", "rates.", false},
		{nobody, core.REQ, "calc", "-", true},
		{nobody, core.REQ, "mixed", "-", true}, // asked for every call
		{nobody, core.SUB, "mixed", "-", true}, // asked for every subscription
		{nobody, core.SUB, "mixed", "a.b", true},
		{nobody, core.SUB, "mixed", "b.a", false},
		{nobody, core.PUB, "mixed", "-", false}, // nobody would ask later
		{nobody, core.PULL, "jobs", "-", true},
		{bob, core.REQ, "tcp://10.1.2.3:5001", "-", true},
		{bob, core.REQ, "tcp://10.1.2.3:5002", "-", false},
		{bob, core.REQ, "tcp://10.2.2.3:5001", "-", false},
		{bob, core.PUSH, "tcp://10.1.2.3:5001", "-", false},
		{bob, core.REQ, "tcp://host.example:5001", "-", false},
		{nobody, core.PAIR, "tcp://10.0.0.99:1", "-", true}, // by a rule besides the file
	}
	for _, test := range tests {
		a := ask(t, test.who, test.typ, test.address)
		if test.prefix != "-" {
			a.Subscribe, a.Prefix = true, []byte(test.prefix)
		}
		err := p.ZMQAllowed(context.Background(), a)
		if got := err == nil; got != test.want {
			t.Errorf("%s of %q: %v", a, test.who.User, err)
		}
		if err != nil && (core.CodeOf(err) != core.Denied || reason(err) != a.String()+" is not allowed here") {
			t.Errorf("%s: %v", a, err)
		}
	}
}

func TestWhichNamesOneMayBear(t *testing.T) {
	p := newPolicy(t, example())
	for identity, want := range map[string]bool{"bob.1": true, "bob.": true, "bob": false, "bobby.1": false, "": false, "*.1": false} {
		a := ask(t, bob, core.DEALER, "room")
		a.Identity = identity
		if got := p.ZMQAllowed(context.Background(), a) == nil; got != want {
			t.Errorf("%q: %v", identity, got)
		}
	}
	star := ask(t, person{User: "*"}, core.DEALER, "room")
	star.Identity = "bob.1"
	if p.ZMQAllowed(context.Background(), star) == nil {
		t.Error("a user named * may bear every name")
	}
}

func TestWhatStandsBehindAName(t *testing.T) {
	p := newPolicy(t, example())
	if n, known := p.Named("calc"); !known || n.Addresses != 2 || n.Bind {
		t.Errorf("calc is %+v", n)
	}
	if n, known := p.Named("jobs"); !known || !n.Bind {
		t.Errorf("jobs is %+v", n)
	}
	if _, known := p.Named("nothing"); known {
		t.Error("nothing is known")
	}
	if at, err := p.Resolve(core.Endpoint{Name: "calc", Nth: 1}); err != nil || at.String() != "tcp://10.0.0.7:5555" {
		t.Errorf("%v, %v", at, err)
	}
	if _, err := p.Resolve(core.Endpoint{Name: "calc", Nth: 2}); core.CodeOf(err) != core.Unavailable {
		t.Error(err)
	}
	if h := p.History(core.Endpoint{Name: "prices"}); h.Messages != 100 {
		t.Errorf("%+v", h)
	}
	if f := p.Flow(ask(t, bob, core.SUB, "prices")); f.MaxRate != 20 || f.Overflow != core.Conflate || len(f.Allow) != 2 {
		t.Errorf("%+v", f)
	}
}

func TestWhatMayBeSent(t *testing.T) {
	p := newPolicy(t, example())
	tests := []struct {
		typ     core.SocketType
		address string
		message []string
		want    string // what is passed on, or "code text"
	}{
		{core.REQ, "calc", []string{`{"args":[1,2],"funcname":"add","funcname":"echo", "x":1}`}, `{"funcname":"echo","args":[1,2],"kwargs":{}}`},
		{core.REQ, "calc", []string{`{"funcname":"drop","args":[]}`}, "denied this function is not allowed here"},
		{core.REQ, "calc", []string{`{"Funcname":"add","args":[]}`}, "invalid this is no remote call"},
		{core.REQ, "calc", []string{`hello`}, "invalid this is no remote call"},
		{core.REQ, "calc", []string{`{"funcname":"add","args":[]}`, "more"}, "invalid a message has exactly one part here"},
		{core.REQ, "calc", []string{`{"funcname":"add","args":["` + strings.Repeat("x", 1000) + `"]}`}, "too_large a message has at most 1000 bytes here"},
		{core.REQ, "mixed", []string{`{"funcname":"f","args":[]}`}, `{"funcname":"f","args":[],"kwargs":{}}`},
		{core.REQ, "mixed", []string{`{"funcname":"g","args":[]}`}, "denied this function"},
		{core.REQ, "streams", []string{`{"stream":"tail","credit":9}`}, "invalid this is no remote call"},
		{core.REQ, "streams", []string{`{"funcname":"tail","stream":"drop","credit":9}`}, `{"funcname":"tail","args":[],"kwargs":{}}`},
		{core.DEALER, "streams", []string{"id", "", `{"stream":"tail","credit":9, "x":1}`}, `id||{"stream":"tail","args":[],"credit":9}`},
		{core.DEALER, "streams", []string{"id", "", `{"stream":"drop","stream":"tail","args":[1]}`}, `id||{"stream":"tail","args":[1],"credit":0}`},
		{core.DEALER, "streams", []string{"id", "", `{"stream":"tail","stream":"drop","args":[1]}`}, "denied this function is not allowed here"},
		{core.DEALER, "streams", []string{"id", "", `{"stream":"tail","funcname":"drop"}`}, "denied this function is not allowed here"},
		{core.DEALER, "streams", []string{"id", "", `{"stream":"drop","funcname":"tail"}`}, `id||{"funcname":"tail","args":[],"kwargs":{}}`},
		{core.DEALER, "streams", []string{"id", "", `{"credit":3,"stream":null}`}, `id||{"credit":3}`},
		{core.DEALER, "streams", []string{"id", "", `{"cancel":true,"stream":"drop"}`}, `id||{"cancel":true}`},
		{core.DEALER, "streams", []string{"id", "", `{"funcname":"rpc.describe"}`}, `id||{"funcname":"rpc.describe","args":[],"kwargs":{}}`},
		{core.DEALER, "streams", []string{"", `{"funcname":"tail"}`}, `|{"funcname":"tail","args":[],"kwargs":{}}`},
		{core.DEALER, "streams", []string{"id", "", `{"x":1}`}, "invalid this is no remote call"},
		{core.DEALER, "streams", []string{"id", "", "hello"}, "invalid this is no remote call"},
		{core.DEALER, "streams", []string{"id", "", `{"stream":"drop"}`, `{"stream":"tail"}`}, "invalid a message has an id"},
		{core.DEALER, "streams", []string{"id", "x", `{"stream":"tail"}`}, "invalid a message has an id"},
		{core.DEALER, "streams", []string{"", "", `{"stream":"tail"}`}, "invalid a message has an id"},
		{core.DEALER, "streams", []string{`{"stream":"tail"}`}, "invalid a message has an id"},
		{core.DEALER, "streams", []string{strings.Repeat("x", 65), "", `{"stream":"tail"}`}, "invalid a message has an id"},
		{core.DEALER, "asked", []string{"id", "", `{"stream":"f"}`}, `id||{"stream":"f","args":[],"credit":0}`},
		{core.DEALER, "asked", []string{"id", "", `{"stream":"g"}`}, "denied this function is not allowed here"},
		{core.REQ, "plain", []string{` {"a": [1]}`}, ` {"a": [1]}`},
		{core.REQ, "plain", []string{`{"a": }`}, "invalid a message is JSON here"},
		{core.REQ, "plain", []string{"\"\xff\""}, "invalid a message is JSON here"},
		{core.REQ, "plain", []string{strings.Repeat("[", 101) + strings.Repeat("]", 101)}, "invalid JSON is nested"},
		{core.REQ, "plain", []string{`"` + strings.Repeat("[", 101) + `"`}, `"` + strings.Repeat("[", 101) + `"`},
		{core.PUB, "chat", []string{"chat.bob.x", "hello"}, "chat.bob.x|hello"},
		{core.PUB, "chat", []string{"chat.eve.x", "hello"}, "denied this topic"},
	}
	for _, test := range tests {
		terms, err := p.Terms(ask(t, bob, test.typ, test.address))
		if err != nil || terms.Admit == nil {
			t.Fatal(test.address, err)
		}
		var m core.Message
		for _, part := range test.message {
			m = append(m, []byte(part))
		}
		admitted, err := terms.Admit(t.Context(), m)
		got := join(admitted)
		if err != nil {
			got = core.CodeOf(err).String() + " " + reason(err)
		}
		if got != test.want && (err == nil || !strings.HasPrefix(got, test.want)) {
			t.Errorf("%s %.60q: %s, want %s", test.address, test.message, got, test.want)
		}
	}
	if terms, _ := p.Terms(ask(t, bob, core.PUB, "chat")); terms.Rate != 5 {
		t.Errorf("%+v", terms)
	}
	if terms, _ := p.Terms(ask(t, bob, core.SUB, "chat")); terms.Rate != 0 || terms.Admit != nil {
		t.Errorf("%+v", terms)
	}
}

func join(m core.Message) string {
	var parts []string
	for _, part := range m {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, "|")
}

// TestProblems: what is wrong with a file is told all at once, with the place of each.
func TestProblems(t *testing.T) {
	f := example()
	f.Names["wrong"] = config.Endpoint{Type: config.Strings{"SUBB"}, Address: config.Strings{"10.0.0.1:5"}, Allow: "usr == 'bob'", Topics: config.Strings{"{usr}."},
		Overflow: config.Strings{"explode"}}
	f.Names["2nd"] = config.Endpoint{}
	f.Names["far"] = config.Endpoint{Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://192.0.2.1:5"}}
	f.Names["open"] = config.Endpoint{Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://10.0.0.1:5", "tcp://10.0.0.2:5"}, Topics: config.Strings{"{user}"}, History: &config.History{Messages: 1}}
	f.Names["wide"] = config.Endpoint{Type: config.Strings{"PUSH"}, Address: slices.Repeat(config.Strings{"tcp://10.0.0.1:5"}, 65)}
	f.Names["around"] = config.Endpoint{Type: config.Strings{"PUSH"}, Address: config.Strings{"tcp://10.0.0.10:1"}}
	f.Names["named"] = config.Endpoint{Type: config.Strings{"DEALER"}, Address: config.Strings{"tcp://10.0.0.1:5"}, Identity: config.Strings{"{user}*"}, Caller: &config.Caller{KeyFile: "/nowhere"}}
	f.Rules = append(f.Rules, config.Address{Address: "tcp://10.0.0.8/8:*"}, config.Address{Address: "tcp://10.0.0.0/8:1"})
	f.Networks = append(f.Networks, "10.0.0.1/8")
	p, warnings, err := New(f, nil)
	var mistakes config.Mistakes
	if p != nil || !errors.As(err, &mistakes) {
		t.Fatalf("%v, %v", p, err)
	}
	says := func(all config.Mistakes, text string) bool {
		return slices.ContainsFunc(all, func(m config.Mistake) bool { return strings.Contains(m.Text, text) })
	}
	for _, text := range []string{"SUBB", "transport", "usr", "neither", "explode", "the name of an endpoint is", "none of the networks", "at most 64 addresses",
		"tcp://10.0.0.10:1 is also endpoints.told", "no such file", "did you mean 10.0.0.0/8"} {
		if !says(mistakes, text) {
			t.Errorf("nothing about %q in\n%v", text, mistakes)
		}
	}
	for _, text := range []string{"ends in a value", "those of bobby"} {
		if !says(warnings, text) || says(mistakes, text) {
			t.Errorf("no warning about %q in\n%v", text, warnings)
		}
	}
}

// TestPlacesOfMistakes: each is told with its line and column, also inside a condition.
func TestPlacesOfMistakes(t *testing.T) {
	file, err := config.Parse("zwb.yaml", []byte(`endpoints:
  prices:
    type: SUB
    address: tcp://10.0.0.5:5556
    allow: "'trader' in claim.groups"
    topics: [fx., "{usr}."]
`))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = New(file, nil)
	want := "zwb.yaml:5:25: unknown name claim\nzwb.yaml:6:19: {usr} is neither {user} nor a claim, as in {claims.desk}"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}
