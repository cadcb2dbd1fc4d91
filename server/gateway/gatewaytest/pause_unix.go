//go:build unix

package gatewaytest

import "syscall"

// Pause has the process do nothing until GoOn.
func (p *Python) Pause() { p.signal(syscall.SIGSTOP) }

// GoOn ends a Pause.
func (p *Python) GoOn() { p.signal(syscall.SIGCONT) }

func (p *Python) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}
