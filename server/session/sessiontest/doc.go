// Package sessiontest is for tests of what is behind a WebSocket: it has a client that says what it likes, frame by frame,
// over a connection in memory.
//
// A Client is a session.Conn, so that a session.Registry can serve it, as the one of a Bridge does. One goroutine of a test
// speaks and listens; the session's goroutines are at the other end.
package sessiontest
