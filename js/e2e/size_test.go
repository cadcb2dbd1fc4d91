package e2e

import (
	"os"
	"testing"
)

// maxSizes is how many bytes the files that every page loads may have after brotli -11.
var maxSizes = map[string]int64{
	"zmq.wasm": 600_000,
	"zmq.mjs":  28_000,
	"zmq.js":   28_000,
}

func TestSizes(t *testing.T) {
	for name, most := range maxSizes {
		info, err := os.Stat("../dist/" + name + ".br")
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > most {
			t.Errorf("%s has %d bytes after brotli, and may have %d", name, info.Size(), most)
		}
		t.Logf("%s: %d of %d bytes", name, info.Size(), most)
	}
}
