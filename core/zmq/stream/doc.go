// Package stream has both ends of streams of remote calls (PROTOCOL.md, section 14): [Serve] on a ROUTER, and [Client] on a
// DEALER. It knows the sockets only as a [Conn], so they may be of any ZeroMQ library.
//
// Who may call it: core/zmq, for its RPCServer and its StreamClient. A Client may be called from any goroutine. It runs two
// goroutines until Close: one receives, and one asks servers from time to time whether they are still there. Serve runs a
// goroutine for each call and stream, and returns when all of them have. The lock of each guards what is open; it is never held
// while something is sent or received, or while a function runs.
package stream
