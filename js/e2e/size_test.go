package e2e

import (
	"os"
	"testing"
)

// maxSizes is how many bytes the files that every page loads may have after brotli -11.
var maxSizes = map[string]int{
	"zmq.wasm":   600_000,
	"zmq.mjs":    28_000,
	"zmq.js":     28_000,
	"worker.mjs": 23_000, // what a page loads besides if a worker shall hold its connection
}

func TestSizes(t *testing.T) {
	for name, most := range maxSizes {
		size := sizeOf(t, "../dist/"+name+".br")
		if size > most {
			t.Errorf("%s has %d bytes after brotli, and may have %d", name, size, most)
		}
		t.Logf("%s: %d of %d bytes", name, size, most)
	}
}

// maxConsole is how many bytes all that the console loads beside zmq.wasm may have, compressed likewise; index.html counts as it is.
const maxConsole = 150_000

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
