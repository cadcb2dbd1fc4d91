package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The folders of the project, as seen from this one.
const (
	root    = "../.."
	src     = "../src"
	console = "../console"
	dist    = "../dist"
)

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "js/build:", err)
		os.Exit(1)
	}
}

func build() error {
	if _, err := os.Stat("../src/index.ts"); err != nil {
		return errors.New("this is not js/build, where it has to run")
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	if err := compileWasm(); err != nil {
		return err
	}
	exec, err := readWasmExec()
	if err != nil {
		return err
	}
	if err := bundle(exec); err != nil {
		return err
	}
	if err := bundleConsole(); err != nil {
		return err
	}
	return compressAll("zmq.js", "zmq.mjs", "worker.mjs", "zeromq.mjs", "streams.mjs", "numpy.mjs", "index.mjs", "console.js", "console.css", "zmq.wasm")
}

// compressAll writes the compressed forms of files in dist, and prints all sizes.
func compressAll(names ...string) error {
	fmt.Printf("%-11s %10s %10s %10s\n", "", "plain", "gzip", "brotli")
	for _, name := range names {
		sizes, err := compress(filepath.Join(dist, name))
		if err != nil {
			return err
		}
		fmt.Printf("%-11s %10d %10d %10d\n", name, sizes.plain, sizes.gzip, sizes.brotli)
	}
	return nil
}
