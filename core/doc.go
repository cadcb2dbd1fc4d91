// Package core is the zwb.v1 protocol: the one implementation behind the bridge, the Go client and the page.
//
// It is an engine, not a client: bytes and the time go in, bytes and events come out. It starts no goroutine, reads no
// clock, opens no connection and depends on nothing but a little of the standard library, so that the same code runs in
// a server, in a Go program, in a browser's WebAssembly and in a test that simulates all three.
//
// [Frame] is the unit of the wire, [Session] one end of a connection, [Client] the sockets, subscriptions and requests
// on top of it. PROTOCOL.md, beside this file, is the normative text.
package core
