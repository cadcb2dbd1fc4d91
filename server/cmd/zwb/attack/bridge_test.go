package attack

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// zwb is the binary, built without the race detector: what that needs, in memory and time, is not to be measured.
var zwb string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zwb")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	zwb = filepath.Join(dir, "zwb")
	if out, err := exec.Command("go", "build", "-o", zwb, "..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// patience is how long a test waits for what has to happen. Only a test that fails uses it up.
const patience = 20 * time.Second

// adminToken is that of every bridge in these tests.
const adminToken = "planted-admin-token-0001"

// bridge is a running zwb.
type bridge struct {
	t       *testing.T
	dir     string // where its files are
	address string // host and port
	admin   string // URL of the admin listener, without a / at the end
	process *os.Process
	said    said // on stdout and stderr
}

// said is what a process has written so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start runs zwb with a file, until the end of the test. It listens where nobody else does, and has an admin listener; the text of
// zwb.yaml goes on from there. Other files are beside it.
func start(t *testing.T, text string, files map[string]string) *bridge {
	t.Helper()
	return startBinary(t, zwb, text, files)
}

func startBinary(t *testing.T, binary, text string, files map[string]string) *bridge {
	t.Helper()
	b := &bridge{t: t, dir: t.TempDir()}
	b.put("zwb.yaml", "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0, token_file: admin.token}\n"+text)
	b.put("admin.token", adminToken)
	for name, text := range files {
		b.put(name, text)
	}
	cmd := exec.Command(binary, "serve", "--config", filepath.Join(b.dir, "zwb.yaml"), "--drain", "0")
	cmd.Stderr = &b.said
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	b.process = cmd.Process
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the bridge says:\n%.4000s", b.said.String())
		}
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	b.findAddresses(stdout)
	return b
}

// findAddresses reads where the bridge listens.
func (b *bridge) findAddresses(stdout io.Reader) {
	b.t.Helper()
	lines := bufio.NewScanner(io.TeeReader(stdout, &b.said))
	for b.admin == "" && lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "WebSocket  ws://"); found {
			b.address = strings.TrimSuffix(address, "/data")
		}
		if _, url, found := strings.Cut(lines.Text(), "admin      "); found {
			b.admin = strings.TrimSuffix(url, "/")
		}
	}
	if b.admin == "" || b.address == "" {
		b.t.Fatalf("it does not say where it is: %s", b.said.String())
	}
	go io.Copy(&b.said, stdout) // ends with the process
}

func (b *bridge) put(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bridge) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// door is where intruders come in.
func (b *bridge) door() *intruder.Door { return &intruder.Door{Address: b.address, Patience: patience} }

// credentials are those that a page hands over with a token.
func credentials(token string) core.Frame {
	return core.Frame{Params: fmt.Appendf(nil, `{"token":%q}`, token)}
}

// enter is an intruder that has a token.
func (b *bridge) enter(token string) *intruder.Intruder {
	b.t.Helper()
	v, _, err := b.door().Enter(credentials(token))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { v.Close() })
	return v
}

// dial is a client as it should be.
func (b *bridge) dial(options zmq.Options) *zmq.Context {
	b.t.Helper()
	c, err := zmq.Dial(b.t.Context(), "ws://"+b.address+"/data", options)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close() })
	return c
}

// ask asks over HTTP; change makes the request what it should not be.
func ask(t *testing.T, method, url string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	resp, err := http.DefaultTransport.RoundTrip(r) // which follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// withAdminToken is for ask.
func withAdminToken(r *http.Request) { r.Header.Set("Authorization", "Bearer "+adminToken) }

// metric is the value of a metric of the bridge, with its labels as they are written; 0 for one that is not there.
func (b *bridge) metric(name string) (value float64) {
	b.t.Helper()
	_, text := ask(b.t, "GET", b.admin+"/metrics", nil)
	for line := range strings.Lines(text) {
		if after, found := strings.CutPrefix(line, name+" "); found {
			fmt.Sscan(after, &value)
		}
	}
	return value
}

// until waits for what nothing announces.
func until(t *testing.T, what string, happened func() bool) { t.Helper(); wait.For(t, what, happened) }

// signed makes a JWT with HS256 and secret.
func signed(user string, claims map[string]any) string {
	all := map[string]any{"sub": user, "exp": time.Now().Add(time.Hour).Unix()}
	for name, value := range claims {
		all[name] = value
	}
	return forge(map[string]any{"alg": "HS256", "typ": "JWT"}, all, macOf(secret))
}

// run runs another command of zwb, and returns what it prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(zwb, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// grep are the lines that have a word in them.
func grep(text, word string) (lines string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			lines += line
		}
	}
	return lines
}
