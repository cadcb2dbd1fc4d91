// Package trace is what can be seen of a simulation: what its messages contain, so that each can be told from all others,
// the last events, and the words for them.
//
// Who may call it: core/coretest/simulator, from the one goroutine of a simulation. There is no lock.
package trace
