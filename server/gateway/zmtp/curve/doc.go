// Package curve puts CURVE, ZeroMQ's encryption and authentication, under a ZMTP implementation that knows only NULL
// security.
//
// [Client] and [Server] speak CURVE on a network connection and return a net.Conn on which that implementation finds a
// NULL greeting, a READY with the peer's metadata and plain frames. What it writes goes the other way: its READY travels
// inside INITIATE, or inside CURVE's READY, and each of its frames, commands such as PING included, in a MESSAGE of its
// own.
//
// What the peer sends is checked before it is believed or anything is allocated for it: sizes against the limit, nonces
// for strict increase, boxes for their authenticity. A frame takes memory as it arrives, never as it is announced.
//
// The protocol is CurveZMQ, https://rfc.zeromq.org/spec/26/, over ZMTP 3, https://rfc.zeromq.org/spec/37/. The names in
// this package are those of the RFC: C and S are the long-term public keys of client and server, c and s the secret
// ones, a prime marks the short-term keys of one connection.
//
// Package zmtp calls it, and the tests that play a peer. An opener belongs to the one goroutine that reads, a sealer to the
// one that writes; nothing is shared between the two, so there are no locks. The package starts nothing.
package curve
