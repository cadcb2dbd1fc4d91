// Package lifetime has a context that is small, because a bridge has two for each client. It starts a goroutine only where something
// is to be called when it ends. One mutex guards what that is, and is not held while it is called.
//
// It is for package session, of which a session has one and each of its lines another. Anybody may wait for one, or end it, on any goroutine.
package lifetime
