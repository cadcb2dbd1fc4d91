// Package drop says why a message or a connection was not taken, and counts how often that was.
//
// The rooms of package gateway that drop something share one [Counters] of a factory, from which the bridge's statistics are
// made. It knows nothing of them. Its methods may be called from any goroutine; it has no lock, a counter is an atomic number.
package drop
