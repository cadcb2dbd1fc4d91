// Package place is about what only one socket can have at a time on the ZeroMQ side, a name or a whole address: who has it,
// who waits for it, and who is next.
//
// Package proxy makes one Ledger for a bridge. Each of its sockets that may want such a Place has Claims, one for each of its
// endpoints that does, and the endpoints are the Claimants.
//
// Goroutines: claims are made on the reading goroutine of the session. Whoever gets its place at once is opened there; who has
// waited is opened on a goroutine of its own, which the bridge waits for when it closes.
//
// Locks: the Ledger's lock may be held while a session's is taken, never the other way round. Neither is held while an
// endpoint is opened, or while a Claimant is told anything.
package place
