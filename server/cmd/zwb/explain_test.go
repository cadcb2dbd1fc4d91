package main

import (
	"os"
	"strings"
	"testing"
)

func TestExplainCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "endpoints:\n  calc: {type: REQ, address: 'tcp://10.0.0.5:1', functions: [add, echo], allow: \"function != 'echo' || user == 'bob'\"}\n  any: {type: REQ, address: 'tcp://10.0.0.5:1'}\n" +
		"  chat: {type: PUB, address: 'tcp://10.0.0.5:2', publish: ['chat.{user}.']}\n" +
		"  prices: {type: SUB, address: 'tcp://10.0.0.5:5556', allow: \"'trader' in claims.groups\", topics: [fx., 'user.{user}.']}\n" +
		"addresses:\n  - {types: REQ, address: 'tcp://10.0.0.0/8:*', allow: ip == '127.0.0.1'}\n  - {address: 'tcp://10.9.0.0/16:*', http: true}\n"
	if err := os.WriteFile("zwb.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	trader := []string{"--user", "bob", "--claims", `{"groups":["trader"]}`}
	tests := []struct {
		args   []string
		status int
		says   string
	}{
		{append(trader, "SUB", "prices", "fx.eur"), 0, "endpoints.prices: allows it\nallowed\n"},
		{append(trader, "SUB", "prices", "eq."), 1, `none of the topics of this user: "fx.", "user.bob."` + "\ndenied\n"},
		{[]string{"--user", "eve", "SUB", "prices"}, 1, "does not hold\ndenied\n"},
		{[]string{"SUB", "nothing"}, 1, "there is no endpoint of this name\ndenied\n"},
		{[]string{"--ip", "127.0.0.1", "REQ", "tcp://10.1.2.3:5"}, 0, "addresses.0: allows it\nallowed\n"},
		{[]string{"REQ", "tcp://10.1.2.3:5"}, 1, "denied\n"},
		{[]string{"--ip", "127.0.0.1", "--http", "REQ", "tcp://10.1.2.3:5"}, 1, "addresses.0: lacks http: true, so it is not for who comes over HTTP, /ws or /zws\n  no entry of addresses allows it\ndenied\n"},
		{[]string{"--http", "SUB", "tcp://10.9.2.3:5", "fx."}, 0, "addresses.1: allows it\nallowed\n"},
		{[]string{"--http", "REP", "tcp://10.9.2.3:5"}, 1, "addresses.1: has the bridge listen nowhere for who comes over HTTP, /ws or /zws\n"},
		{[]string{"REP", "tcp://10.9.2.3:5"}, 0, "addresses.1: allows it\nallowed\n"},
		{append(trader, "--http", "SUB", "prices"), 0, "allowed\n"},
		{[]string{"REQ", "calc", "add"}, 0, `endpoints.calc: allows the function "add"` + "\nallowed\n"},
		{[]string{"req", "calc", "delete"}, 1, `the function "delete" is none of add, echo` + "\ndenied\n"},
		{[]string{"REQ", "calc", "echo"}, 1, "does not hold\ndenied\n"},
		{[]string{"--user", "bob", "REQ", "calc", "echo"}, 0, "allowed\n"},
		{[]string{"REQ", "any", "echo"}, 0, "functions are not looked at\nallowed\n"},
		{[]string{"--user", "bob", "PUB", "chat", "chat.eve."}, 1, `may publish: "chat.bob."` + "\ndenied\n"},
		{[]string{"--user", "bob", "PUB", "chat", "chat.bob.x"}, 0, "allowed\n"},
		{[]string{"SUB", "price"}, 1, `there is no endpoint of this name; did you mean "prices"?` + "\ndenied\n"},
		{[]string{"PUSH", "chat", "x"}, 2, "nothing to ask but the endpoint"},
		{[]string{"SUB"}, 2, "TYPE ENDPOINT"},
		{[]string{"SUBB", "prices"}, 2, "SUBB"},
		{[]string{"--claims", "[]", "SUB", "prices"}, 2, "--claims"},
		{[]string{"--params", "[]", "SUB", "prices"}, 2, "--params"},
	}
	for _, test := range tests {
		status, said := zwb(t, append([]string{"explain", "--config", "zwb.yaml"}, test.args...)...)
		if status != test.status || !strings.Contains(said, test.says) {
			t.Errorf("%q: %d, %s", test.args, status, said)
		}
	}
}
