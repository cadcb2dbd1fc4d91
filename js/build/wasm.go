package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// inlined are the packages a message passes through. Everywhere else inlining is off: it buys nothing there, and costs a
// page 36 kB of download.
var inlined = []string{
	"github.com/zmqwebbridge/zmqwebbridge/...", "encoding/binary", "slices", "time", "unicode/utf8",
}

// compileWasm builds dist/zmq.wasm.
func compileWasm() error {
	tmp, err := os.MkdirTemp("", "zmq-wasm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "zmq.wasm")
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=all=-l"}
	for _, pkg := range inlined {
		args = append(args, "-gcflags="+pkg+"=")
	}
	cmd := exec.Command("go", append(args, "-o", out, "./wasm")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compile wasm: %w", err)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	return write(filepath.Join(dist, "zmq.wasm"), wasm)
}

// readWasmExec reads what Go's distribution has to start its wasm, as a module: no new globals, and the class is
// returned. It has to be of the toolchain that compiles zmq.wasm, so it is never kept.
func readWasmExec() (string, error) {
	goroot, err := goEnv("GOROOT")
	if err != nil {
		return "", err
	}
	version, err := goEnv("GOVERSION")
	if err != nil {
		return "", err
	}
	script, err := os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return "", err
	}
	return "export const goVersion = " + fmt.Sprintf("%q", version) + ";\n" +
		"export function makeGo(globalThis) { const { fs } = globalThis;\n" +
		string(script) +
		"\nreturn globalThis.Go; }\n", nil
}

// goEnv asks in the directory of the module, whose go.mod may choose the toolchain.
func goEnv(name string) (string, error) {
	cmd := exec.Command("go", "env", name)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}
