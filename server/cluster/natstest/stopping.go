//go:build !windows

package natstest

import "syscall"

// Stop has a server stand still, as a machine does that swaps; Continue has it go on.
func (s *Servers) Stop(i int) { s.nodes[i].process.Process.Signal(syscall.SIGSTOP) }

// Continue is after Stop.
func (s *Servers) Continue(i int) { s.nodes[i].process.Process.Signal(syscall.SIGCONT) }
