//go:build long

package deploy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// zwb is the binary, as a release has it.
var zwb string

// builtOf is what the build is told that it is built of.
const builtOf = "0123456789abcdef"

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "zwb-deploy")
	if err != nil {
		log.Fatal(err)
	}
	zwb = filepath.Join(folder, "zwb")
	if err := build(); err != nil {
		log.Fatal(err)
	}
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// build runs the command with which the Dockerfile builds.
func build() error {
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		return err
	}
	_, command, found := strings.Cut(string(text), "RUN make js && ")
	command, _, _ = strings.Cut(command, "\n")
	command = strings.Replace(command, "-o /zwb ", "-o "+zwb+" ", 1)
	if !found || !strings.Contains(command, zwb) {
		return fmt.Errorf("the Dockerfile builds otherwise: %s", command)
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "COMMIT="+builtOf)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, out)
	}
	return nil
}

// bridge is a folder with zwb.yaml, and the process that runs with it.
type bridge struct {
	folder, config string
	address, admin string
	token          string // of the user bob
	audit          string // file
	socket         string // of Unix, where it listens, too
	backend        string // the address of what answers as echo
}

// newBridge writes the folder: zwb.yaml as it is, but for addresses and a limit.
func newBridge(t *testing.T) *bridge {
	t.Helper()
	answers, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(answers.Close)
	folder := t.TempDir()
	b := &bridge{folder: folder, config: filepath.Join(folder, "zwb.yaml"), address: unused.Address(t), admin: unused.Address(t),
		audit: filepath.Join(folder, "audit.json"), socket: filepath.Join(folder, "zwb.sock"), backend: answers.Endpoint()}
	write(t, b.config, strings.NewReplacer("tcp://127.0.0.1:10001", answers.Endpoint(), "127.0.0.1:8001", b.admin,
		"connections_per_ip: 100 ", "connections_per_ip: 3 ").Replace(read(t, "zwb.yaml")))
	write(t, filepath.Join(folder, "admin.token"), strings.Repeat("t", 32))
	b.token = strings.TrimSpace(output(t, exec.Command(zwb, "token", "--user", "bob", "--file", filepath.Join(folder, "tokens.yaml"))))
	return b
}

// startBridge starts one for as long as the test lasts.
func startBridge(t *testing.T) *bridge {
	t.Helper()
	b := newBridge(t)
	start(t, exec.Command(zwb, "serve", "--config", b.config, "--listen", b.address, "--listen", "unix:"+b.socket, "--audit", b.audit, "--allow", "REQ "+b.backend+" http=true"))
	wait.For(t, "the bridge to be ready", func() bool {
		return exec.Command(zwb, "health", "http://"+b.address+"/readyz").Run() == nil
	})
	return b
}

// decision is a line of the audit.
type decision struct {
	What, User, Remote string
	Allowed            bool
}

// await waits until the audit has a decision.
func (b *bridge) await(t *testing.T, want decision) {
	t.Helper()
	var text []byte
	defer func() {
		if t.Failed() {
			t.Logf("the audit:\n%s", text)
		}
	}()
	wait.For(t, fmt.Sprintf("%+v", want), func() bool {
		text, _ = os.ReadFile(b.audit)
		for line := range bytes.Lines(text) {
			var d decision
			if json.Unmarshal(line, &d) != nil {
				continue
			}
			if host, _, err := net.SplitHostPort(d.Remote); err == nil {
				d.Remote = host
			}
			if _, name, found := strings.Cut(d.User, " "); found {
				d.User = name // behind who says so
			}
			if d == want {
				return true
			}
		}
		return false
	})
}

// start starts a process that is ended with the test, and what it says is in the test's log.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s says:\n%s", filepath.Base(cmd.Path), said.String())
		}
	})
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return string(out)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificate is one for bridge.example.org.
type certificate struct {
	cert, key, both string // files
	pool            *x509.CertPool
}

func newCertificate(t *testing.T) *certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"bridge.example.org"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, secret := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	folder := t.TempDir()
	c := &certificate{filepath.Join(folder, "cert"), filepath.Join(folder, "key"), filepath.Join(folder, "both"), x509.NewCertPool()}
	c.pool.AppendCertsFromPEM(cert)
	write(t, c.cert, string(cert))
	write(t, c.key, string(secret))
	write(t, c.both, string(cert)+string(secret))
	return c
}

// status is that of a request straight to an address, past any proxy; 0: there is no answer.
func status(t *testing.T, url string) int {
	t.Helper()
	answer, err := (&http.Client{Timeout: patience}).Get(url)
	if err != nil {
		t.Error(err)
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}
