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

// TestMain fails the run when goroutines are left over.
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

// leftover is the stacks of the goroutines that run code of this module, after those that are ending have ended.
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
