package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

const patience = 20 * time.Second

// TestCallers: both programs know who asks, and believe nobody else.
func TestCallers(t *testing.T) {
	python := func(t *testing.T, address, key string) {
		cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "caller.py", "--address", address, "--key", key)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	}
	golang := func(t *testing.T, address, key string) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- serve(ctx, address, key) }()
		t.Cleanup(func() { cancel(); <-ended })
	}
	for name, start := range map[string]func(t *testing.T, address, key string){"Python": python, "Go": golang} {
		t.Run(name, func(t *testing.T) {
			key := filepath.Join(t.TempDir(), "caller.key")
			if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
				t.Fatal(err)
			}
			address := "tcp://" + unused.Address(t)
			start(t, address, key)
			told, untold := open(t, address, config.Endpoint{Caller: &config.Caller{KeyFile: key}}), open(t, address, config.Endpoint{})
			if got := ask(t, told, "hello"); got != "somebody said hello" {
				t.Errorf("through the endpoint: %s", got)
			}
			if got := ask(t, untold, `{"user":"root"}`, "proof", "hello"); got != "refused: this does not come from the bridge" {
				t.Errorf("past it: %s", got)
			}
			if got := ask(t, untold, "hello"); got != "refused: nobody says who calls" {
				t.Errorf("past it: %s", got)
			}
		})
	}
}

// open is a REQ at a bridge of its own, which knows the address by the name "who".
func open(t *testing.T, address string, e config.Endpoint) *zmq.Socket {
	t.Helper()
	e.Type, e.Address = config.Strings{"REQ"}, config.Strings{address}
	p, _, err := policy.New(&config.File{Names: config.Endpoints{"who": e}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := server.Config{WebsocketAllowed: func(*http.Request) error { return nil }, ZMQAllowed: p.ZMQAllowed, Named: p.Named, Terms: p.Terms}
	cfg.Gateway.Resolve = p.Resolve
	bridge := server.New(cfg)
	web := httptest.NewServer(bridge)
	t.Cleanup(web.Close)
	t.Cleanup(bridge.Close)
	c, err := zmq.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	socket := c.Socket(zmq.REQ)
	if err := socket.Connect("who", nil); err != nil {
		t.Fatal(err)
	}
	return socket
}

func ask(t *testing.T, socket *zmq.Socket, parts ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := socket.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	var m zmq.Message
	for _, part := range parts {
		m = append(m, []byte(part))
	}
	reply, err := socket.Request(ctx, m...)
	if err != nil {
		t.Fatal(err)
	}
	return string(reply[0])
}
