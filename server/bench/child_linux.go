package bench

import (
	"os/exec"
	"syscall"
)

// dieWithParent has a child end even where this process is killed. Ctrl-C at the terminal is for this process alone, which ends
// the child: a child that heard it, too, could be gone before this process knows why.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
