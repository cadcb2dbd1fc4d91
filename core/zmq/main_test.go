package zmq_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

// TestMain fails the run if goroutines are left over at its end.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := leftover(); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left over:\n\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// leftover returns the stacks of the goroutines that still run code of this module. It first gives those that are ending time
// to end.
func leftover() string {
	deadline := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		buf := make([]byte, 4<<20)
		stacks := bytes.Split(buf[:runtime.Stack(buf, true)], []byte("\n\n"))
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
