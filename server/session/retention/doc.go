// Package retention knows the sessions that can be resumed, by their tokens, and those whose clients are away. These it ends when they do
// not come back in time, or when too many wait, or too much is held for all of them together.
//
// It is for package session, which has one Retention for a bridge. To this package a session is something that can be looked at and ended
// (Session); what its client needs to come back is its token.Ring.
//
// Anybody may call it. Its lock guards the tokens of all Rings, too, and may be taken while a session's is held, never the other way round:
// sessions are looked at and ended without it, by who calls Sweep or Close, or on the goroutine of its timer, which Close stops. Methods that take a Ring are for who holds
// the session's lock, but for Admit and Forget, its first and last moments.
package retention
