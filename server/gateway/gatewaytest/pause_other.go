//go:build !unix

package gatewaytest

// Pause fails the test: a process cannot be stopped for a while here.
func (p *Python) Pause() { p.t.Fatal("a process cannot be stopped for a while here") }

// GoOn ends a Pause.
func (p *Python) GoOn() {}
