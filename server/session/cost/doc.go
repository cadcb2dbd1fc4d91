// Package cost is what a client costs the bridge besides its sockets: a Session and a Line have an account each, with a charge for
// every thing that they hold. A Session says by that what may still be held; a Line, whether more may be read.
//
// It is for package session, which opens both, says what is done when one of them has to make room for others, and closes them.
//
// Locks: the session's guards a Session. A Line has a lock of its own, because it begins before there is a session; who holds a
// session's may call it. Both are told to make room without their locks, on a goroutine of the account's pool.
package cost
