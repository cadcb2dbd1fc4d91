package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// zwb runs a command as somebody at a terminal does.
func zwb(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	var out bytes.Buffer
	status = run(t.Context(), args, &out, &out)
	return status, out.String()
}

// TestInitAndCheck: what zwb init writes is accepted, and it replaces nothing.
func TestInitAndCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, said := zwb(t, "init"); status != 0 || !strings.Contains(said, "zwb serve --config zwb.yaml") {
		t.Errorf("init: %d, %s", status, said)
	}
	if status, said := zwb(t, "init"); status != 1 || !strings.Contains(said, "file exists") {
		t.Errorf("init again: %d, %s", status, said)
	}
	if text, err := os.ReadFile("zwb.yaml"); err != nil || string(text) != config.Starter {
		t.Errorf("the file reads %q, %v", text, err)
	}
	status, said := zwb(t, "check", "zwb.yaml")
	if want := "zwb.yaml: warning: there are no endpoints and no addresses, so nobody reaches anything\nok\n"; status != 0 || said != want {
		t.Errorf("check: %d, %s", status, said)
	}
}

// TestCheckSaysAll: mistakes and warnings, all at once.
func TestCheckSaysAll(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "listen: ':8000'\norigins: app.example\nendpoints:\n  prices: {type: SUB, adress: tcp://feed:1, address: tcp://feed:1}\n  many: {type: SUB, address: 'tcp://127.0.0.1:1', history: {age: 1m}}\nlimits: {memory: 63MiB, client: 16MiB}\nusers: [anonymous: {}]\n"
	if err := os.WriteFile("zwb.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	status, said := zwb(t, "check", "zwb.yaml")
	for _, want := range []string{`zwb.yaml:2:10: "app.example" is no origin`, `zwb.yaml:4:23: unknown key "adress"; did you mean "address"?`,
		"zwb.yaml:1:9: warning: other machines reach this without TLS", "zwb.yaml:4:54: warning: DNS decides where feed is",
		"zwb.yaml:6:18: warning: the histories of the endpoints may take 16MiB together"} {
		if !strings.Contains("\n"+said, "\n"+want) {
			t.Errorf("it does not say %s:\n%s", want, said)
		}
	}
	if status != 1 || strings.Contains(said, "ok\n") {
		t.Errorf("check: %d, %s", status, said)
	}
	if status, said := zwb(t, "serve", "--config", "zwb.yaml"); status != 1 || !strings.Contains(said, `4:23: unknown key "adress"`) {
		t.Errorf("serve: %d, %s", status, said)
	}
}

// TestFileInTheREADME: the examples have no mistake, and what is printed of them has none either.
func TestFileInTheREADME(t *testing.T) {
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	for name, text := range documents(t) {
		for i, match := range examples.FindAllStringSubmatch(text, -1) {
			if name == filepath.Join(root, "README.md") || name == filepath.Join(root, "server/README.md") {
				t.Run(fmt.Sprintf("%s %d", filepath.Base(filepath.Dir(name)), i+1), func(t *testing.T) { checkExample(t, match[1]) })
			}
		}
	}
}

// checkExample has a file checked and printed, beside the files that it names.
func checkExample(t *testing.T, text string) {
	t.Chdir(t.TempDir())
	writeCertificate(t, "cert.pem", "key.pem")
	for name, text := range map[string]string{"zwb.yaml": text, "keys.json": "{}", "jwt.secret": strings.Repeat("s", 32), "tokens.yaml": "", "admin.token": "a token for this test",
		"users.htpasswd": "bob:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if status, said := zwb(t, "check", "zwb.yaml"); status != 0 || !strings.HasSuffix(said, "ok\n") {
		t.Errorf("check: %d, %s", status, said)
	}
	status, printed := zwb(t, "config", "print", "--config", "zwb.yaml", "--hwm", "50")
	if status != 0 || !strings.Contains(printed, "hwm: 50 # --hwm") || !strings.Contains(printed, "# zwb.yaml:") || !strings.Contains(printed, "# default") {
		t.Errorf("print: %d, %s", status, printed)
	}
	if err := os.WriteFile("printed.yaml", []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := zwb(t, "check", "printed.yaml"); status != 0 {
		t.Errorf("what is printed: %d, %s\n%s", status, said, printed)
	}
}

// writeCertificate writes a certificate for this machine, and its key.
func writeCertificate(t *testing.T, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServeWithFile: what the file says is done, and a flag wins over it.
func TestServeWithFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zwb.yaml")
	text := "listen: unix:zwb.sock\nprefix: /sub/\nzmq: {console: false, legacy: false}\nlog: {format: json, level: error}\nlimits: {connections: 2, message: 1MiB, client: 4MiB, memory: 16MiB}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	url := startServe(t, "--config", file, "--memory", "32MiB") // and its own --listen
	site := "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/data")
	for path, want := range map[string]int{"/healthz": 200, "/sub/healthz": 200, "/sub/endpoints": 200, "/": 404, "/console.js": 404} {
		resp, err := http.Get(site + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	conn, err := net.Dial("unix", filepath.Join(filepath.Dir(file), "zwb.sock"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// TestConfigCommands: what they are told wrong they say.
func TestConfigCommands(t *testing.T) {
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"config schema":            {0, `"$schema": "https://json-schema.org/draft/2020-12/schema"`},
		"config print":             {0, `- 127.0.0.1:8000 # default`},
		"config print --hwm 0":     {2, "--hwm: hwm must be at least 1"},
		"config print -h":          {0, "-allow"},
		"config":                   {2, "zwb config print"},
		"config schema x":          {2, "zwb config print"},
		"check":                    {2, "takes one file"},
		"check none.yaml":          {1, "no such file"},
		"check -h":                 {0, "zwb check FILE"},
		"init a b":                 {2, "one name at most"},
		"init -h":                  {0, "zwb init [FILE]"},
		"serve --config none.yaml": {1, "no such file"},
	} {
		if status, said := zwb(t, strings.Fields(args)...); status != want.status || !strings.Contains(said, want.says) {
			t.Errorf("%s: %d, %s", args, status, said)
		}
	}
}
