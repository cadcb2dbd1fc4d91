package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
)

// TestWholeFile: a file that says everything there is to say is right as soon as the files are there that it names, and before that
// each one that is missing is told with its line.
func TestWholeFile(t *testing.T) {
	text, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("zwb.yaml", text, 0o600); err != nil {
		t.Fatal(err)
	}
	status, said := zwb(t, "check", "zwb.yaml")
	if status != 1 {
		t.Errorf("status %d", status)
	}
	for file, place := range map[string]string{"cert.pem": "3:13", "keys.json": "5:17", "admin.token": "8:45", "zwb.seed": "10:109", "ca.pem": "10:129", "jwt.secret": "13:5", "users.htpasswd": "17:5", "tokens.yaml": "18:5", "hmac.key": "38:72"} {
		found := false
		for line := range strings.Lines(said) {
			found = found || strings.HasPrefix(line, "zwb.yaml:"+place+": ") && strings.Contains(line, file)
		}
		if !found {
			t.Errorf("%s is missing, at %s, and it says\n%s", file, place, said)
		}
	}
	writeCertificate(t, "cert.pem", "key.pem")
	writeCertificate(t, "ca.pem", "ca.key")
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"keys.json": "{}", "zwb.seed": string(seed), "admin.token": "a token for this test", "jwt.secret": strings.Repeat("s", 32), "hmac.key": strings.Repeat("k", 32),
		"tokens.yaml": hashed("x") + ": {user: bob}\n", "users.htpasswd": "ann:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if status, said := zwb(t, "check", "zwb.yaml"); status != 0 || said != "ok\n" {
		t.Errorf("%d, %s", status, said)
	}
	for line, want := range map[string]string{
		"--user eve --claims {\"groups\":[\"trader\"]} SUB prices user.eve.": "allowed",
		"REQ calc add":    "allowed",
		"REQ calc delete": "denied",
		"--user bob --identity bob.1 DEALER room": "allowed",
		"--user bob --identity eve.1 DEALER room": "denied",
		"--bind PULL jobs":                        "allowed",
		"REQ tcp://10.0.0.1:5001":                 "denied",
	} {
		_, said := zwb(t, append([]string{"explain", "--config", "zwb.yaml"}, strings.Fields(line)...)...)
		if !strings.HasSuffix(said, want+"\n") {
			t.Errorf("%s: %s", line, said)
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if status, said := zwb(t, "config", "print", "--config", "zwb.yaml"); status != 0 || !strings.Contains(said, "token_file: "+filepath.Join(dir, "admin.token")) || strings.Contains(said, "a token for") {
		t.Errorf("%d, %s", status, said)
	}
}

// TestWordsThatAreNearlyRight are told what may be meant.
func TestWordsThatAreNearlyRight(t *testing.T) {
	for args, says := range map[string]string{
		"sreve":                   `there is no command "sreve"; did you mean "serve"?`,
		"nonsense":                `there is no command "nonsense"; see zwb help`,
		"serve --orgin x":         "there is no flag --orgin; did you mean --origin?",
		"config print --nonsense": "there is no flag --nonsense; see zwb config print -h",
		"token":                   "whose token?",
	} {
		if status, said := zwb(t, strings.Fields(args)...); status != 2 || !strings.Contains(said, says) {
			t.Errorf("%s: %d, %s", args, status, said)
		}
	}
}
