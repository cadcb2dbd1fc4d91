package admin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/audit"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

const patience = 20 * time.Second

// What must not be seen in any log.
const (
	adminToken    = "planted-admin-token"
	secretPart    = "planted-message"
	secretLogin   = "planted-credential"
	secretHeader  = "planted-cookie"
	secretRequest = "planted-request"
)

// backends is a libzmq publisher and a libzmq echo service. The first line that they print has their ports.
const backends = `
import sys, threading, time, zmq
c = zmq.Context()
pub, rep = c.socket(zmq.PUB), c.socket(zmq.REP)
print(pub.bind_to_random_port('tcp://127.0.0.1'), rep.bind_to_random_port('tcp://127.0.0.1'), flush=True)
def answer():
    while True: rep.send_multipart(rep.recv_multipart())
threading.Thread(target=answer, daemon=True).start()
while True:
    pub.send_multipart([b'fx.eur', b'` + secretPart + `'])
    time.sleep(0.01)
`

// scene is a bridge with a policy, clients on it, and its admin handler.
type scene struct {
	t        *testing.T
	bridge   *server.Bridge
	web      string // of the admin handler
	ws       string
	raw      string // an address that a rule allows
	logs     *buffer
	audit    *buffer
	decided  *audit.Log
	troubles []string
}

// buffer may be written by anybody.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func startBackends(t *testing.T) (pub, rep int) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "-c", backends)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, scanErr := fmt.Sscan(line, &pub, &rep); err != nil || scanErr != nil {
		t.Fatalf("the backends say %q: %v %v", line, err, scanErr)
	}
	return pub, rep
}

func newScene(t *testing.T) *scene {
	t.Helper()
	pub, rep := startBackends(t)
	s := &scene{t: t, logs: new(buffer), audit: new(buffer), raw: fmt.Sprintf("tcp://127.0.0.1:%d", pub)}
	rule, err := policy.ParseRule("SUB " + s.raw)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := policy.New(&config.File{Names: config.Endpoints{
		"prices": {Type: config.Strings{"SUB"}, Address: config.Strings{s.raw}, Topics: config.Strings{"fx.", "user.{user}."},
			Sequence: &config.Sequence{Part: 1, Format: "u64be"}}, // which its messages do not have
		"calc":  {Type: config.Strings{"REQ"}, Address: config.Strings{fmt.Sprintf("tcp://127.0.0.1:%d", rep)}},
		"vault": {Type: config.Strings{"REQ"}, Address: config.Strings{fmt.Sprintf("tcp://127.0.0.1:%d", rep)}, Allow: "user == 'root'"},
	}}, policy.Rules{rule})
	if err != nil {
		t.Fatal(err)
	}
	live := policy.NewLive(p)
	log := slog.New(slog.NewJSONHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.decided = audit.New(s.audit)
	s.bridge = server.New(server.Config{
		WebsocketAllowed: func(*http.Request) error { return nil },
		ZMQAllowed:       live.ZMQAllowed, Flow: live.Flow, Terms: live.Terms, Named: live.Named,
		Authenticate: func(_ context.Context, _ *http.Request, credentials []byte) (any, error) {
			var c struct{ User, Password string }
			if json.Unmarshal(credentials, &c) != nil || c.Password != secretLogin {
				return nil, core.NewError(core.Unauthenticated, "wrong password")
			}
			return policy.Somebody(c.User, nil), nil
		},
		UserKey: func(user any) string { return user.(policy.Known).Subject().User },
		Decided: s.decided.Decided,
		Gateway: gateway.Config{Resolve: live.Resolve, History: live.History, Sequence: live.Sequence},
		Log:     log,
	})
	data := httptest.NewServer(s.bridge)
	s.ws = "ws" + strings.TrimPrefix(data.URL, "http")
	web := httptest.NewServer(New(Config{Bridge: s.bridge, Token: adminToken, Hosts: func() []string { return []string{"bridge.example.org"} }, Policy: live.Policy, Decisions: s.decided,
		Troubles: func() []string { return s.troubles }, Log: log}))
	s.web = web.URL
	t.Cleanup(s.decided.Close)
	t.Cleanup(web.Close)
	t.Cleanup(data.Close)
	t.Cleanup(s.bridge.Close)
	return s
}

// dial is a client that has signed in.
func (s *scene) dial(user string) *zmq.Context {
	s.t.Helper()
	c, err := zmq.Dial(s.context(), s.ws, zmq.Options{Credentials: map[string]string{"User": user, "Password": secretLogin}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c
}

func (s *scene) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	s.t.Cleanup(cancel)
	return ctx
}

// hear waits for a message of an endpoint.
func (s *scene) hear(c *zmq.Context, endpoint, prefix string) {
	s.t.Helper()
	sub := c.Socket(zmq.SUB)
	err := sub.Connect(endpoint, nil)
	if err == nil {
		err = sub.Subscribe(prefix)
	}
	if err == nil {
		_, err = sub.Recv(s.context())
	}
	if err != nil {
		s.t.Fatalf("hearing of %s: %v", endpoint, err)
	}
}

// request asks an endpoint.
func (s *scene) request(c *zmq.Context, endpoint string) error {
	s.t.Helper()
	req := c.Socket(zmq.REQ)
	if err := req.Connect(endpoint, nil); err != nil {
		return err
	}
	_, err := req.Request(s.context(), []byte(secretRequest))
	return err
}

// ask makes a request of the admin handler.
func (s *scene) ask(method, path, body string, header ...string) (status int, answer string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.context(), method, s.web+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

// json asks for JSON, with the token.
func (s *scene) json(method, path, body string, into any) (status int) {
	s.t.Helper()
	status, text := s.ask(method, path, body, "X-Zwb-Token", adminToken)
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			s.t.Fatalf("%s: %v in %s", path, err, text)
		}
	}
	return status
}
