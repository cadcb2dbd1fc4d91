//go:build long

package outlive

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
)

// zwb is the binary, built without the race detector.
var zwb string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zwb")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	zwb = filepath.Join(dir, "zwb")
	if out, err := exec.Command("go", "build", "-o", zwb, "..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// logLevel is from where on bridges write what they do.
var logLevel = "debug"

// start runs zwb until the end of the test.
func start(t *testing.T, text string) *fleettest.Bridge {
	t.Helper()
	return program("0").Start(t, "127.0.0.1:0", text)
}

// program is the binary. Clients have so long to leave when it gets SIGTERM.
func program(drain string) fleettest.Program {
	return fleettest.Program{Path: zwb, Drain: drain, LogLevel: logLevel}
}
