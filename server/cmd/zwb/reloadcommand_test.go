//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// TestReloadCommand: it says what the running bridge says, whether that took the file or not.
func TestReloadCommand(t *testing.T) {
	dir := t.TempDir()
	r := &reloading{t: t, file: filepath.Join(dir, "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	if err := os.WriteFile(filepath.Join(dir, "admin.token"), []byte("a token for this test"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func(rest string) string {
		return fmt.Sprintf("admin: {listen: %q, token_file: admin.token}\n%s", strings.Trim(r.admin, "htp:/"), rest)
	}
	const echo = "endpoints:\n  echo: {type: REQ, address: 'tcp://127.0.0.1:1'}\n"
	r.write(file(echo))
	writeCertificate(t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	startServe(t, "--config", r.file)
	tests := []struct {
		name, text string
		status     int
		says       []string
	}{
		{"the same", file(echo), 0, []string{"nothing is another than before"}},
		{"another endpoint", file(strings.ReplaceAll(echo, "echo", "other")), 0, []string{"changed: endpoints.echo, endpoints.other\n"}},
		{"another address", file(strings.ReplaceAll(strings.ReplaceAll(echo, "echo", "other"), ":1'", ":2'")), 0, []string{"changed: endpoints.other", "moved: other\n"}},
		{"what needs none", file("limits: {sockets: 9}\norigins: [https://a.example]\n"), 0, []string{"changed: origins, limits, endpoints.other\n"}},
		{"what needs a restart", file("limits: {message: 9MiB}\nlog: {format: json, level: warn}\nlisten: ['127.0.0.1:1']\n"), 0, []string{
			"changed: listen, origins, limits, log.format\n", "needs a restart: listen\n"}},
		{"once more", file("limits: {message: 9MiB}\nlisten: ['127.0.0.1:1']\n"), 0, []string{"changed: log.format\n", "needs a restart: listen\n"}},
		{"TLS", file("tls: {cert: cert.pem, key: key.pem}\n"), 0, []string{"changed: listen, tls, limits, ", "needs a restart: tls\n"}},
		{"as it was started", file(echo), 0, []string{"changed: tls, endpoints.echo"}},
		{"mistakes", file("nonsense: 1\nlimits: {sockets: -1}\n"), 1, []string{
			`zwb.yaml:2:1: unknown key "nonsense"`, "zwb.yaml:3:19: sockets must be at least 1", "nothing has changed"}},
		{"no YAML", file("endpoints: ["), 1, []string{"zwb.yaml:3:1: this is no YAML"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r.write(test.text)
			var out bytes.Buffer
			if got := run(t.Context(), []string{"reload", "--config", r.file}, &out, &out); got != test.status {
				t.Errorf("exit status %d, want %d", got, test.status)
			}
			if note, says := "a restart is needed", strings.Contains(out.String(), "needs a restart"); test.status == 0 && says != strings.Contains(r.get("readyz"), note) {
				t.Errorf("it is ready, and says %s", r.get("readyz"))
			}
			for _, text := range test.says {
				if !strings.Contains(out.String(), text) {
					t.Errorf("%q is not in\n%s", text, out.String())
				}
			}
		})
	}
}

// TestReloadCommandWithoutABridge: it says what it misses.
func TestReloadCommandWithoutABridge(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("a token for this test"), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := unused.Address(t)
	for args, says := range map[string]string{
		"":                  "there is no admin listener to ask",
		"--admin " + nobody: "known only from a file",
		"--admin " + nobody + " --admin-token-file " + token: "refused",
		"--config /nowhere": "no such file",
	} {
		var out bytes.Buffer
		if got := run(t.Context(), append([]string{"reload"}, strings.Fields(args)...), &out, &out); got != 1 || !strings.Contains(out.String(), says) {
			t.Errorf("%s: %d, %s", args, got, out.String())
		}
	}
}

// TestWatch: a change of the file, and of one that it names, is enough. A mistake is told, and put right in the same way.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	r := &reloading{t: t, file: filepath.Join(dir, "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	tokens := filepath.Join(dir, "tokens.yaml")
	const secret = "a-token-of-a-user"
	replace := func(name, text string) { // as editors do
		t.Helper()
		if err := os.WriteFile(name+"~", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+"~", name); err != nil {
			t.Fatal(err)
		}
	}
	replace(tokens, hashed(secret)+": {user: bob}\n")
	text := "watch: true\nusers:\n  - tokens: {file: tokens.yaml}\n"
	r.write(text)
	url := startServe(t, "--config", r.file, "--admin", strings.Trim(r.admin, "htp:/"))

	before := r.reloads("taken")
	replace(r.file, text+"log: {level: info}\n")
	r.await("taken", before)

	before = r.reloads("refused")
	replace(tokens, "nonsense\n")
	r.await("refused", before)
	if note := r.get("readyz"); !strings.Contains(note, "zwb.yaml:3:5: tokens: ") {
		t.Errorf("it is ready, and says %s", note)
	}

	before = r.reloads("taken")
	replace(tokens, hashed("another-token")+": {user: eve}\n")
	r.await("taken", before)
	bridge, err := zmq.Dial(t.Context(), url, zmq.Options{Credentials: map[string]string{"token": "another-token"}})
	if err != nil {
		t.Fatalf("with a token that is new: %v", err)
	}
	defer bridge.Close()
	if _, err := zmq.Dial(t.Context(), url, zmq.Options{Credentials: map[string]string{"token": secret}}); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("with a token that is gone: %v", err)
	}
}

// hashed is the key of a token in the file of tokens.
func hashed(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }
