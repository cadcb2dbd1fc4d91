// Package limit is what bounds the clients of a bridge, as plain values: the names of all limits, how many connections come from
// where (Crowd), and how fast somebody may send (Throttle).
//
// It is for package session, and the names for whoever counts what was hit. Nothing in here is locked: a Crowd is guarded by who has
// it, a Throttle is one goroutine's.
package limit
