package e2e

import (
	"os"
	"testing"
)

// maxWasm is how many bytes zmq.wasm may have after brotli -11.
const maxWasm = 650_000

// maxConsole is how many bytes all that the console loads besides may have, compressed likewise; index.html counts as it is.
const maxConsole = 150_000

func TestWasmSize(t *testing.T) {
	size := sizeOf(t, "../dist/zmq.wasm.br")
	if size > maxWasm {
		t.Errorf("zmq.wasm.br has %d bytes, the budget is %d", size, maxWasm)
	}
	t.Logf("zmq.wasm.br: %d bytes", size)
}

func TestConsoleSize(t *testing.T) {
	sum := 0
	for _, file := range []string{"../../index.html", "../dist/console.js.br", "../dist/console.css.br", "../dist/zmq.js.br"} {
		size := sizeOf(t, file)
		t.Logf("%s: %d bytes", file, size)
		sum += size
	}
	if sum > maxConsole {
		t.Errorf("the console loads %d bytes beside zmq.wasm, the budget is %d", sum, maxConsole)
	}
}

func sizeOf(t *testing.T, file string) int {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}
