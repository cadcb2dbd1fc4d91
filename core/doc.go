// Package core is the protocol zwb.v1, which a page or a Go program speaks with the bridge over one WebSocket. The bridge,
// the Go client and the page all run this one implementation. PROTOCOL.md, beside this file, is the normative text.
//
// It is an engine, not a client: bytes and the time go in, bytes and events come out. It starts no goroutine, reads no
// clock, opens no connection and depends on nothing but a little of the standard library. So the same code runs in a
// server, in a Go program, in a browser's WebAssembly, and in a test that simulates all three.
//
// [Frame] is the unit of the protocol. [Session] is one end of a connection, for the bridge and the client alike. What a
// client has on top of its Session, sockets, subscriptions and requests, is in the package client below this one.
//
// Who may call it: the package server/session holds a Session for each of its connections, and core/client holds one.
// Nothing here has a lock, and any goroutine may make a call, but only one at a time: the owner of a Session guards it with
// the owner's own lock. Values such as Frame, Endpoint and Error belong to whoever has them.
package core
