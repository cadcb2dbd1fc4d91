// Package clock is the time of a simulation: it moves from one planned event to the next, and no faster or slower clock
// has a say in it.
//
// Who may call it: core/coretest/simulator, from the one goroutine of a simulation. A Clock is a plain value without a
// lock.
package clock
