// Package zmtp is one connection to a ZeroMQ peer, guarded on all sides.
//
// It speaks ZMTP 3.1 (https://rfc.zeromq.org/spec/37/) and understands 3.0. [Open] makes a [Conn] of a network connection;
// its owner sets the functions that take what the peer sends and calls [Conn.Run]. Messages to be sent go through a
// [Queue], so nobody ever waits for the network. [Look] is for who only wants to know who is there.
//
// From the network up: wire counts bytes and bounds writes; stream is the read buffer; guard checks every byte the peer
// sends before zmq4, the ZMTP library, sees it; whole takes messages out of the buffer past zmq4; Conn has the heartbeat.
// CURVE, where it is used, is between wire and guard (package curve). Nothing outside this package knows of zmq4.
//
// A Conn has two goroutines: Run is the reader, which calls OnMessage and its like, and starts the writer, which calls
// Outgoing.Write and Patience. What a method may be called from is said where it is not anybody. Queue has a lock of its
// own, which is held for no longer than an append. Nothing a peer sends can do more than end its own connection.
package zmtp
