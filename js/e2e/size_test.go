package e2e

import (
	"os"
	"testing"
)

// maxWasm is how many bytes zmq.wasm may have after brotli -11.
const maxWasm = 650_000

func TestWasmSize(t *testing.T) {
	info, err := os.Stat("../dist/zmq.wasm.br")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxWasm {
		t.Errorf("zmq.wasm.br has %d bytes, the budget is %d", info.Size(), maxWasm)
	}
	t.Logf("zmq.wasm.br: %d bytes", info.Size())
}
