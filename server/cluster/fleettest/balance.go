package fleettest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// Balance runs HAProxy with a configuration until the end of the test, in the folder in which the files are that this names. It waits until a
// bridge can be reached at the address that HAProxy listens at.
func Balance(t testing.TB, folder, address, configuration string) {
	t.Helper()
	const program = "/usr/sbin/haproxy"
	if _, err := os.Stat(program); err != nil {
		t.Fatal("this test wants HAProxy, as Debian has it: ", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "haproxy.cfg"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-db", "-q", "-f", "haproxy.cfg")
	command.Dir = folder
	output := new(said)
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
		if t.Failed() {
			t.Logf("HAProxy says:\n%.4000s", output.String())
		}
	})
	wait.For(t, "HAProxy to lead to a bridge", leadsToBridge(address))
}
