// Package aside has what waits while somebody is asked about a frame of a client. A Turn is a socket's: who acts on it, and which frames
// and judges wait for that. Errands are what the client has said that takes its time, and that its next frames may depend on.
//
// It is for package session, which has goroutines that do what waits. A Turn and Errands are plain values, which start nothing and call
// nobody.
//
// Locks: the session's guards all of it, but for Taken and Take, which the reading goroutine calls without.
package aside
