// Package client is the client's end of zwb.v1, on top of a [core.Session]: sockets with their endpoints and subscriptions,
// requests with their deadlines, credit, and what becomes of all that when a connection is cut. A [Client] outlives its
// WebSockets.
//
// It is an engine, as core is: bytes and the time go in, bytes and events come out. It starts no goroutine, reads no clock
// and opens no connection.
//
// Who may call it: core/zmq and server/legacy for Go programs, wasm for pages. Nothing here has a lock, and any goroutine
// may make a call, but only one at a time: the owner of a Client guards it with the owner's own lock. The sink that gets
// the events is called on the goroutine of that call.
package client
