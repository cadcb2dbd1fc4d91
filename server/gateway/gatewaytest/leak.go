package gatewaytest

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

// Main runs the tests of a package, and fails when goroutines are left over. TestMain calls it and nothing else.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := leftover(); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left over:\n\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// leftover is the stacks of the goroutines that run code of this module, after those that are ending have ended.
func leftover() string {
	deadline := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		stacks := bytes.Split(allStacks(), []byte("\n\n"))
		stacks = slices.DeleteFunc(stacks, func(stack []byte) bool {
			return !bytes.Contains(stack, []byte("zmqwebbridge/")) || bytes.Contains(stack, []byte("TestMain"))
		})
		if len(stacks) == 0 {
			return ""
		}
		if time.Now().After(deadline) {
			return string(bytes.Join(stacks, []byte("\n\n")))
		}
	}
}

func allStacks() []byte {
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return buf[:n]
		}
	}
}

// OpenFiles is how many files this process has open.
func OpenFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
