package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/probe"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
)

func TestDoctorCommandLine(t *testing.T) {
	tests := []struct {
		args   string
		status int
		out    string // stdout or stderr contains it
	}{
		{"help", 0, "doctor "},
		{"doctor -h", 0, "-address"},
		{"doctor extra", 2, `unexpected argument "extra"`},
		{"doctor --no-such-flag", 2, "not defined"},
		{"doctor --address nonsense", 2, "has no transport"},
		{"doctor --address tcp://127.0.0.1:1 --timeout 0s", 2, "--timeout must be more than 0"},
		{"doctor --address tcp://127.0.0.1:1 --timeout soon", 2, "invalid value"},
		{"doctor --json", 2, "go with --address"},
		{"doctor --security no.json", 2, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			var out bytes.Buffer
			if got := run(t.Context(), strings.Fields(test.args), &out, &out); got != test.status {
				t.Errorf("exit status %d, want %d", got, test.status)
			}
			if !strings.Contains(out.String(), test.out) {
				t.Errorf("it says %q", out.String())
			}
		})
	}
}

// consult runs zwb doctor.
func consult(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	status = run(t.Context(), append([]string{"doctor"}, args...), &out, &complaints)
	return status, out.String(), complaints.String()
}

func TestSelfTest(t *testing.T) {
	status, stdout, stderr := consult(t)
	if status != 0 || stderr != "" {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != len(checks)+1 {
		t.Fatalf("it says %q", stdout)
	}
	for i, c := range checks {
		if !strings.Contains(lines[i], c.name) || !strings.HasSuffix(lines[i], "ok") {
			t.Errorf("of %s it says %q", c.name, lines[i])
		}
	}
	if !strings.HasPrefix(lines[len(checks)], "All ") {
		t.Errorf("at last it says %q", lines[len(checks)])
	}
}

func TestSelfTestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := []check{
			{"fine", func(context.Context, factories) error { return nil }},
			{"broken", func(context.Context, factories) error { return core.NewError(core.Lost, "it is gone") }},
			{"endless", func(ctx context.Context, _ factories) error {
				_, err := await(ctx, make(chan int))
				return err
			}},
		}
		var out strings.Builder
		begun := time.Now()
		err := selfTest(t.Context(), failing, &out)
		if err == nil || err.Error() != "2 of 3 checks failed" {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != checkTimeout {
			t.Errorf("it took %v", took)
		}
		for _, want := range []string{"ok\n", "FAILED  it is gone\n", "FAILED  not done within 5s\n"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it says %q", out.String())
			}
		}
	})
}

func TestSelfTestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := selfTest(ctx, checks, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// answering starts a REP that answers requests, and returns its address.
func answering(t *testing.T) string {
	t.Helper()
	f := gateway.NewFactory(gateway.Config{})
	t.Cleanup(f.Close)
	rep, err := f.Rep(anyPort)
	if err != nil {
		t.Fatal(err)
	}
	return rep.Endpoint().String()
}

func TestDoctorAddress(t *testing.T) {
	address := answering(t)
	status, stdout, stderr := consult(t, "--address", address)
	if status != 0 || stderr != "" {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	for _, want := range []string{address + "\n", "NULL", "ROUTER", "pages use REQ or DEALER", "zwb serve --allow 'REQ,DEALER " + address + "'"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in %s", want, stdout)
		}
	}
}

func TestDoctorPings(t *testing.T) {
	peer, err := startEchoPeer(t.Context(), lock{})
	if err != nil {
		t.Fatal(err)
	}
	defer peer.close()
	_, stdout, _ := consult(t, "--address", peer.endpoint.String())
	for _, want := range []string{"ZMTP 3.1", "REP", "the median of 5 PINGs", "pages use REQ\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in %s", want, stdout)
		}
	}
}

func TestDoctorSecurity(t *testing.T) {
	peer, err := startEchoPeer(t.Context(), lock{plain: &gateway.Plain{Username: "hugo", Password: "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	defer peer.close()
	address := peer.endpoint.String()
	tests := []struct {
		name, password string
		status         int
		out            string
	}{
		{"none", "", 0, "it asks for PLAIN credentials"},
		{"right", "secret", 0, "pages use REQ"},
		{"wrong", "guess", 1, "refuses"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := []string{"--address", address}
			if test.password != "" {
				file := filepath.Join(t.TempDir(), "security.json")
				entry := fmt.Sprintf(`{%q: {"plain": {"username": "hugo", "password": %q}}}`, address, test.password)
				if err := os.WriteFile(file, []byte(entry), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--security", file)
			}
			status, stdout, _ := consult(t, args...)
			if status != test.status || !strings.Contains(stdout, test.out) {
				t.Errorf("exit status %d, %s", status, stdout)
			}
		})
	}
}

// closed is an address at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "tcp://" + l.Addr().String()
}

// TestDoctorJSON checks that there is one object for each address, in their order.
func TestDoctorJSON(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	addresses := []string{closed(t), answering(t), "tcp://" + web.Listener.Addr().String()}
	status, stdout, stderr := consult(t, "--json", "--timeout", "2s",
		"--address", addresses[0], "--address", addresses[1], "--address", addresses[2])
	if status != 1 || stderr != "zwb: 2 of 3 addresses cannot be used\n" {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	findings := []probe.Finding{probe.Refused, probe.Usable, probe.Web}
	decoder := json.NewDecoder(strings.NewReader(stdout))
	for i, want := range findings {
		var d diagnosis
		if err := decoder.Decode(&d); err != nil {
			t.Fatal(err)
		}
		if d.Finding != want || d.Address != addresses[i] {
			t.Errorf("got %+v, want %q", d, want)
		}
		if wrong := want != probe.Usable; wrong != (d.Error != "") || wrong != (d.Advice != "") || wrong == (d.Allow != "") {
			t.Errorf("%+v", d)
		}
	}
	if decoder.More() {
		t.Error("there is more")
	}
}

func TestDoctorFailure(t *testing.T) {
	status, stdout, stderr := consult(t, "--address", closed(t))
	if status != 1 || !strings.Contains(stdout, "FAILED      connection refused") || !strings.Contains(stdout, "to do       start") {
		t.Errorf("exit status %d, %s", status, stdout)
	}
	if stderr != "zwb: 1 of 1 addresses cannot be used\n" {
		t.Errorf("it complains %q", stderr)
	}
}

func TestDoctorCanceled(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"doctor", "--address", "tcp://" + silent.Addr().String(), "--timeout", "1h"}, io.Discard, io.Discard)
	}()
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if status := <-ended; status != 1 {
		t.Errorf("exit status %d", status)
	}
}

// TestAdvice checks that there is advice for every finding, and that the rules that zwb doctor names can be parsed.
func TestAdvice(t *testing.T) {
	for _, f := range []probe.Finding{
		probe.NoHost, probe.Refused, probe.Unreachable, probe.Silent, probe.HungUp, probe.Web, probe.WebSocket,
		probe.TLS, probe.Foreign, probe.OldZMTP, probe.Broken, probe.Rejected, probe.Unsupported,
	} {
		if advice[f] == "" {
			t.Errorf("none about %q", f)
		}
	}
	for typ := core.SocketType(0); typ.Valid(); typ++ {
		d := diagnose(probe.Report{Endpoint: core.Endpoint{Transport: "tcp", Host: "::1", Port: 5555}, Finding: probe.Usable, SocketType: typ.String()}, nil)
		if _, err := policy.ParseRule(d.Allow); err != nil {
			t.Errorf("for a %s: %v", typ, err)
		}
	}
}

// TestDiagnosisIsFitForATerminal checks that what a peer sends cannot reach the terminal unquoted.
func TestDiagnosisIsFitForATerminal(t *testing.T) {
	d := diagnose(probe.Report{
		Finding: probe.Unsupported, Major: 3, Mechanism: "\x1b[31m", SocketType: "\a\x1b[2J", Identity: []byte("\x00\x1b["), Reached: "127.0.0.1:1",
	}, core.NewError(core.Unsupported, "it is odd"))
	if s := d.String(); strings.ContainsAny(s, "\x1b\a\x00") {
		t.Errorf("it says %q", s)
	}
}
