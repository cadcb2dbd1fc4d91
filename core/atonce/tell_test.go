//go:build linux && !race

package atonce_test

import (
	"os/exec"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
)

// TestOthersGetTheirTurn: who runs on the only processor, after a read that the scheduler was not told of, is interrupted for others.
// What is read comes from another process, so that nothing here tells the scheduler that it is no longer idle.
func TestOthersGetTheirTurn(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	writer := exec.Command("sh", "-c", "sleep 0.2; echo")
	near, far := pair(t)
	socket, err := far.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	writer.Stdout = socket
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer writer.Wait()
	var b [1]byte
	if err := near.Read(func(fd uintptr) bool {
		_, again, _ := atonce.Read(int(fd), b[:])
		return !again
	}); err != nil {
		t.Fatal(err)
	}
	var turns atomic.Int64
	go turns.Add(1)
	atonce.Tell()
	for begin := time.Now(); turns.Load() == 0; {
		if time.Since(begin) > 3*time.Second {
			t.Fatal("nobody else had a turn in three seconds")
		}
	}
}
