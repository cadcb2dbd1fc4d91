package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/systemd"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// TestAuthorizer asks the example in Python, over real ZeroMQ, and then nobody.
func TestAuthorizer(t *testing.T) {
	address, stop := startAuthorizer(t)
	gateways := gateway.NewFactory(gateway.Config{})
	defer gateways.Close()
	chain, err := users.New([]config.User{{ZMQ: &config.Asker{Address: address}}}, users.Options{Requester: live.Requester{Gateways: gateways}})
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Close()
	enter := func(credentials string) (users.User, error) {
		user, err := chain.Authenticate(t.Context(), httptest.NewRequest("GET", "/data", nil), []byte(credentials))
		return users.Of(user), err
	}
	open := users.Question{Action: "open", Type: "SUB", Endpoint: "prices"}

	zoe, err := enter(`{"token":"s3same"}`)
	if err != nil || zoe.Name != "zoe" {
		t.Fatalf("%+v, %v", zoe, err)
	}
	if err := users.Decide(t.Context(), zoe, open); err != nil {
		t.Error(err)
	}
	bob, err := enter(`{"token":"0pen"}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := users.Decide(t.Context(), bob, open); core.CodeOf(err) != core.Denied || !strings.Contains(err.Error(), "for traders only") {
		t.Errorf("%v", err)
	}
	if _, err := enter(`{"token":"guessed"}`); core.CodeOf(err) != core.Unauthenticated || !strings.Contains(err.Error(), "an unknown token") {
		t.Errorf("%v", err)
	}
	stop()
	if _, err := enter(`{"token":"another"}`); core.CodeOf(err) != core.Busy {
		t.Errorf("with the service down: %v", err)
	}
	open.Endpoint = "calc"
	if err := users.Decide(t.Context(), zoe, open); core.CodeOf(err) != core.Denied {
		t.Errorf("with the service down: %v", err)
	}
}

// startAuthorizer runs the example until stop, or the end of the test, and returns its address.
func startAuthorizer(t *testing.T) (address string, stop func()) {
	t.Helper()
	python := exec.Command("/usr/bin/python3", "../../../examples/authorizer/authorizer.py")
	stdout, err := python.StdoutPipe()
	if err == nil {
		err = python.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	stop = func() { python.Process.Kill(); python.Wait() }
	t.Cleanup(stop)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "tcp://127.0.0.1:" + strings.TrimSpace(strings.TrimPrefix(line, "authorizer ")), stop
}

// TestServiceAfterAReload: it is still asked about those whom it let in before.
func TestServiceAfterAReload(t *testing.T) {
	address, _ := startAuthorizer(t)
	file := filepath.Join(t.TempDir(), "zwb.yaml")
	text := fmt.Sprintf("users:\n  - zmq: {address: %q, cache: 0s}\nendpoints:\n  prices: {type: SUB, address: 'tcp://127.0.0.1:1'}\n", address)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--config", file}
	s, err := settings.Read("zwb serve", args, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	now, err := live.New(s, args, systemd.Manager{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	bridge := server.New(server.Config{})
	defer bridge.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); now.Run(ctx, nil, bridge) }()
	defer func() { cancel(); <-ended }()
	user, err := now.Authenticate(t.Context(), httptest.NewRequest("GET", "/data", nil), []byte(`{"token":"s3same"}`))
	if err != nil {
		t.Fatal(err)
	}
	a := server.Access{User: user, Type: core.SUB, Endpoint: core.Endpoint{Name: "prices"}}
	for range 3 {
		if err := now.Rules().ZMQAllowed(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if _, err := now.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// slowService decides about a call when it is told to, and about all else at once; beside it there is a backend that says what it hears.
const slowService = `
import sys, threading, time, zmq
context = zmq.Context()

def serve(name, answer):
    rep = context.socket(zmq.REP)
    print(rep.bind_to_random_port("tcp://127.0.0.1"), flush=True)
    while True:
        rep.send(answer(rep.recv()))

def decide(question):
    if b'"action":"call"' in question:
        print("call", flush=True)
        sys.stdin.readline()
    return b'{"allow": true, "user": "zoe", "ttl": 0}'

threading.Thread(target=serve, args=("decides", decide), daemon=True).start()
time.sleep(0.2)
serve("echoes", lambda m: m)
`

// TestSlowService: a client waits for the service with those sockets alone that it is asked about.
func TestSlowService(t *testing.T) {
	python := exec.Command("/usr/bin/python3", "-c", slowService)
	stdout, err := python.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := python.StdinPipe()
	if err == nil {
		err = python.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { python.Process.Kill(); python.Wait() })
	var decides, echoes int
	if _, err := fmt.Fscan(stdout, &decides, &echoes); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "zwb.yaml")
	text := fmt.Sprintf("users:\n  - zmq: {address: 'tcp://127.0.0.1:%d', timeout: 10s}\nendpoints:\n"+
		"  calc: {type: REQ, address: 'tcp://127.0.0.1:%d', functions: [add]}\n  plain: {type: REQ, address: 'tcp://127.0.0.1:%[2]d'}\n", decides, echoes)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c, err := zmq.Dial(ctx, startServe(t, "--config", file), zmq.Options{Token: "any"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	calc, plain := c.Socket(zmq.REQ), c.Socket(zmq.REQ)
	if err := errors.Join(calc.Connect("calc", nil), plain.Connect("plain", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Request(ctx, []byte("before")); err != nil { // the service has been asked about this socket before it is held up
		t.Fatal(err)
	}
	called := make(chan error, 1)
	go func() {
		_, err := calc.Request(ctx, []byte(`{"funcname":"add","args":[1,2]}`))
		called <- err
	}()
	var asked string
	if _, err := fmt.Fscan(stdout, &asked); err != nil || asked != "call" {
		t.Fatalf("%q, %v", asked, err)
	}
	if _, err := plain.Request(ctx, []byte("meanwhile")); err != nil {
		t.Errorf("the other socket: %v", err)
	}
	fmt.Fprintln(stdin)
	if err := <-called; err != nil {
		t.Error(err)
	}
}
