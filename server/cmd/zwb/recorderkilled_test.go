//go:build long

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// TestRecorderIsKilled: a recorder that is killed leaves a file that can be read, by examples/recording/read.py too, and the next one goes on
// with it.
func TestRecorderIsKilled(t *testing.T) {
	bin, file, port := builtZwb(t), filepath.Join(t.TempDir(), "jobs.zwbrec"), unused.Ports(t, 2)
	numbered(t, "push", port, 0, 0)
	recorder := exec.Command(bin, "record", "--direct", tcp(port), "--type", "pull", "-o", file)
	recorder.Stdout, recorder.Stderr = os.Stderr, os.Stderr
	if err := recorder.Start(); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "some blocks", func() bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > 500_000
	})
	recorder.Process.Kill()
	recorder.Wait()
	cut(t, file)
	found := asked(t, 0, "inspect", file)[0]
	is(t, found, `{"index": false, "damaged_bytes": 0}`)
	before := int(found["messages"].(float64))
	if before == 0 || found["cut_bytes"].(float64) == 0 {
		t.Fatalf("%v", found)
	}
	if n := readInPython(t, file); n != before {
		t.Errorf("Python reads %d messages of %d", n, before)
	}
	told := asked(t, 0, "record", "--direct", tcp(port), "--type", "pull", "--count", "1000", "-o", file)
	is(t, told[0], fmt.Sprintf(`{"cut_bytes": %v}`, found["cut_bytes"]))
	is(t, asked(t, 0, "inspect", "--verify", file)[0], fmt.Sprintf(`{"messages": %d, "index": true, "cut_bytes": 0, "damaged_bytes": 0}`, before+1000))
	if n := readInPython(t, file); n != before+1000 {
		t.Errorf("Python reads %d messages of %d", n, before+1000)
	}
	out, received := numbered(t, "pull", port+1, before, 0)
	asked(t, 0, "replay", file, "--to", "bind", tcp(port+1), "--push", "--speed", "0", "--until", until(t, file, before))
	received()
	if out.String() != fmt.Sprintln(before) {
		t.Errorf("the receiver says %q", out)
	}
}
