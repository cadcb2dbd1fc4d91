// Package simulator tests the engines in core. Pages and a small bridge, both built on them, talk over a network that cuts,
// delays and forges. A seed decides everything that happens, so any failure can be repeated exactly. After every event the
// simulator checks that nothing was lost without a report.
//
// Who may call it: tests. A simulation runs in the goroutine that calls [Simulate]. It starts no goroutine, has no lock,
// and reads no clock: its time is simulated. Several simulations may run at the same time.
//
// Where to begin reading: simulation.go has the course of a simulation, page.go a client, bridge.go the bridge, wire.go the
// network, faults.go what goes wrong, and ledger.go and books.go what is checked.
package simulator
