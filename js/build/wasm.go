package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// inlined are the packages through which a message passes. Inlining is switched off for all others: it makes nothing faster
// there, and would add 36 kB to what a page downloads.
var inlined = []string{"github.com/zmqwebbridge/zmqwebbridge/...", "encoding/binary"}

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
	if wasm, err = joinSegments(wasm); err != nil {
		return err
	}
	return write(filepath.Join(dist, "zmq.wasm"), wasm)
}

// readWasmExec reads the JavaScript of Go's distribution that starts a wasm module, and makes a JavaScript module of it, which
// exports the class and adds no globals. It has to come from the same toolchain that compiles zmq.wasm, so it is read anew
// each time. The module also has the hash of zmq.wasm, which has to be compiled before.
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
	wasm, err := os.ReadFile(filepath.Join(dist, "zmq.wasm"))
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(wasm)
	build, err := hashSources(wasm)
	if err != nil {
		return "", err
	}
	return "export const goVersion = " + fmt.Sprintf("%q", version) + ";\n" +
		"export const wasmIntegrity = " + fmt.Sprintf("%q", "sha256-"+base64.StdEncoding.EncodeToString(hash[:])) + ";\n" +
		"export const wasmVersion = " + fmt.Sprintf("%q", hex.EncodeToString(hash[:8])) + ";\n" + // as server/assets.go has it
		"export const build = " + fmt.Sprintf("%q", build) + ";\n" +
		"export function makeGo(globalThis) { const { fs } = globalThis;\n" +
		demands.ReplaceAllString(string(script), "") +
		"\nreturn globalThis.Go; }\n", nil
}

// demands are what wasm_exec.js says where there is no crypto, no performance, no TextEncoder: everything that has WebAssembly has these.
var demands = regexp.MustCompile(`\tif \(!globalThis\.\w+\) \{\n\t+throw new Error\("[^"]*polyfill required[^"]*"\);\n\t\}\n`)

// hashSources returns a short hash of zmq.wasm and of all that the bundles are made of, which tells builds apart.
func hashSources(wasm []byte) (string, error) {
	hash := sha256.New()
	hash.Write(wasm)
	err := filepath.WalkDir(src, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		fmt.Fprintf(hash, "%s %d\n%s", filepath.ToSlash(name), len(text), text)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil)[:8]), err
}

// goEnv asks the go command for a variable. It does so in the folder of the main module, whose go.mod may choose the toolchain.
func goEnv(name string) (string, error) {
	cmd := exec.Command("go", "env", name)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}
