// Package moving has sessions go from one bridge to another. A session that is to leave is brought to rest, packed, sealed and left in a
// Depot (leaving.go, resting.go); the bridge that its client comes to finds it there (finding.go). What could not be left is parked here
// for a while. What it is on its way, package moved says.
//
// Package session calls it, with a Session for each that is to leave: it alone knows what one is, ends it here, and makes it again
// elsewhere. To this package it is a thing that can be halted, looked at and packed. A socket can go along if it is a Mover, which
// package proxy implements.
//
// There is one Desk for a bridge. Anybody may call it on a goroutine that may wait for seconds, and holds no lock: neither the session's,
// which the methods of a Session take, nor another one. Its own guards what is parked, and is held for that alone.
package moving
