// Package bench puts load on a bridge and measures what it does: fan-out, request and reply, idle connections.
//
// Who uses it: zwb bench, and make bench by way of package compare. A Load says what is measured; its methods Fanout, Request
// and Idle measure it, and return a Result. Its clients do what a client of zwb.v1 has to, and no more: the frames are driven
// by hand over a raw WebSocket, so that on one machine the bridge gets most of the time. Plain clients take each WebSocket
// message for a message: they measure the floor.
//
// A client has one goroutine, which reads, and answers what it has read. Its lock guards what it writes; besides the reader only
// the ticker, one for all clients, writes. The counts and the histogram are in shards, each with a lock of its own. The
// caller's goroutine publishes. Everything ends before the methods return.
package bench
