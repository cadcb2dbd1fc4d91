package main

import (
	"os"
	"strings"
	"testing"
)

func TestExplainCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "endpoints:\n  prices: {type: SUB, address: 'tcp://10.0.0.5:5556', allow: \"'trader' in claims.groups\", topics: [fx., 'user.{user}.']}\n" +
		"addresses:\n  - {types: REQ, address: 'tcp://10.0.0.0/8:*', allow: ip == '127.0.0.1'}\n"
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
