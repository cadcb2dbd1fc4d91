//go:build !js

package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/coder/websocket"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -exec=nodeexec")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "nodeexec:", err)
	}
	os.Exit(code)
}

// run runs the test binary and returns its exit code.
func run(args []string) (int, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return 1, fmt.Errorf("go env GOROOT: %w", err)
	}
	server := httptest.NewServer(&relay{waiting: map[string]*websocket.Conn{}})
	defer server.Close()

	wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "go_js_wasm_exec")
	cmd := exec.Command(wasmExec, args...)
	cmd.Env = append(environment(), "ZWB_RELAY=ws"+strings.TrimPrefix(server.URL, "http"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// environment is the environment of the test: only the variables that it needs, because the start-up code of Go's wasm
// has room for only 8 KiB of arguments and environment together. It also makes Node 20 offer WebSocket, which Node has by
// default from version 22 on.
func environment() []string {
	env := []string{"NODE_OPTIONS=--experimental-websocket " + os.Getenv("NODE_OPTIONS")}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "PWD", "CI"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
