package main

import (
	"bufio"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// TestAuthorizer asks the example in Python, over real ZeroMQ, and then nobody.
func TestAuthorizer(t *testing.T) {
	python := exec.Command("/usr/bin/python3", "../../../examples/authorizer/authorizer.py")
	stdout, err := python.StdoutPipe()
	if err == nil {
		err = python.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer python.Wait()
	defer python.Process.Kill()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	gateways := gateway.NewFactory(gateway.Config{})
	defer gateways.Close()
	address := "tcp://127.0.0.1:" + strings.TrimSpace(strings.TrimPrefix(line, "authorizer "))
	chain, err := users.New([]config.User{{ZMQ: &config.Asker{Address: address}}}, users.Options{Requester: requester{gateways}})
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
	python.Process.Kill()
	python.Wait()
	if _, err := enter(`{"token":"another"}`); core.CodeOf(err) != core.Busy {
		t.Errorf("with the service down: %v", err)
	}
	open.Endpoint = "calc"
	if err := users.Decide(t.Context(), zoe, open); core.CodeOf(err) != core.Denied {
		t.Errorf("with the service down: %v", err)
	}
}
