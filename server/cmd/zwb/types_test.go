package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// offering is a file with what the example of js/README.md has, and more that depends on the user.
const offering = `users:
  - tokens: {file: tokens.yaml}
  - anonymous: {}
endpoints:
  calculator:
    type: REQ
    address: tcp://127.0.0.1:1
    functions: [add, rpc.describe, reset]
    allow: function != 'reset' || 'admin' in claims.groups
  prices:
    type: SUB
    address: tcp://127.0.0.1:2
    topics: [fx., eq., 'user.{user}.']
  jobs-of.today:
    type: [PUSH, PULL]
    address: tcp://127.0.0.1:3
  orders:
    type: DEALER
    address: tcp://127.0.0.1:4
    allow: "'trader' in claims.groups"
`

// TestTypes: what zwb types writes of a running bridge is the file that the TypeScript compiler is given in js/test.
func TestTypes(t *testing.T) {
	golden, err := os.ReadFile("typescript/testdata/endpoints.ts")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	var secret bytes.Buffer
	if status := run(t.Context(), []string{"token", "--user", "bob", "--claims", `{"groups":["trader"]}`, "--file", filepath.Join(dir, "tokens.yaml")}, &secret, io.Discard); status != 0 {
		t.Fatal(status)
	}
	url := startServe(t, "--config", in("zwb.yaml", offering))
	console := strings.TrimSuffix(strings.Replace(url, "ws:", "http:", 1), "data")
	token, written := in("token", secret.String()), filepath.Join(dir, "endpoints.ts")

	for _, args := range [][]string{
		{url, "--token", strings.TrimSpace(secret.String())},
		{"--token-file", token, console},
		{"--token-file", token, console + "endpoints", "--out", written},
	} {
		status, said := zwb(t, append([]string{"types"}, args...)...)
		if text, err := os.ReadFile(written); err == nil {
			said += string(text)
		}
		if status != 0 || said != string(golden) {
			t.Errorf("%q: %d, %s", args, status, said)
		}
	}

	status, said := zwb(t, "types", "--name", "Anybody", url)
	if status != 0 || !strings.Contains(said, "export interface Anybody {") || !strings.Contains(said, "prices") || strings.Contains(said, "orders") {
		t.Errorf("of nobody in particular: %d, %s", status, said)
	}
	status, said = zwb(t, "types", url, "--token", "nonsense", "--out", written)
	if text, _ := os.ReadFile(written); status != 1 || !strings.Contains(said, "answers 401 Unauthorized: ") || string(text) != string(golden) {
		t.Errorf("of a user that is not known: %d, %s", status, said)
	}
}

// TestTypesOfNothing: an interface without endpoints is one, and it is said why it is empty.
func TestTypesOfNothing(t *testing.T) {
	url := startServe(t)
	var out, said strings.Builder
	if status := run(t.Context(), []string{"types", url}, &out, &said); status != 0 || !strings.HasSuffix(out.String(), "export interface Endpoints {\n}\n") ||
		!strings.Contains(said.String(), "no names for endpoints") {
		t.Errorf("%d, %s, %s", status, out.String(), said.String())
	}
}

func TestTypesCommandLine(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"-h":                                  {0, "-token-file"},
		"--nonsense":                          {2, "zwb types -h"},
		"localhost:8000":                      {2, "http://127.0.0.1:8000"},
		"http://127.0.0.1:1 http://a":         {2, `unexpected argument "http://a"`},
		"--name any":                          {2, "a capital letter"},
		"--token a --token-file b":            {2, "two ways"},
		"--token-file /nowhere":               {1, "no such file"},
		"--token-file " + empty:               {1, "no token in it"},
		"http://127.0.0.1:1":                  {1, "refused"},
		"http://127.0.0.1:1 --out /nowhere/x": {1, "refused"},
	} {
		var out strings.Builder
		if got := run(t.Context(), append([]string{"types"}, strings.Fields(args)...), io.Discard, &out); got != want.status || !strings.Contains(out.String(), want.says) {
			t.Errorf("%s: %s", args, fmt.Sprint(got, out.String()))
		}
	}
}
