package main

import (
	"os"
	"syscall"
)

// apart has a process end with this one, however that ends, and hear nothing of a Ctrl-C, which is for this one.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// pause has a process stand still, as a machine does that swaps, until proceed.
func pause(p *process) error { return p.signal(syscall.SIGSTOP, false) }

func proceed(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// here tells whether this can be run on this system.
const here = true
