// Package coretest tests what speaks zwb.v1. It is for tests only; no program imports it.
//
//   - [Simulate] is a simulator. Pages and a small bridge, both built on the engine in core, talk over a network that cuts,
//     delays and forges. A seed decides everything that happens, so any failure can be repeated exactly. After every event
//     the simulator checks that nothing was lost without a report.
//   - [TestConn] is the contract of a transport, as core/wsconn and core/zmq describe it. Every transport has to pass it.
//   - The command nodeexec, in a folder of its own, runs tests that are compiled to wasm under Node.
//
// A simulation runs in the goroutine of its caller. It starts no goroutine, has no lock, and reads no clock: its time is
// simulated. Several simulations may run at the same time. TestConn starts goroutines and waits for them.
//
// Where to begin reading: simulation.go has the course of a simulation, page.go a client, bridge.go the bridge, wire.go the
// network, faults.go what goes wrong, and ledger.go and books.go what is checked.
package coretest
