// Package proxy is where a session and a gateway meet. A proxy is one socket of a client: towards the client it is a
// session.Socket, towards ZeroMQ it holds what it needs of the gateways. There is one file for each kind of socket: req,
// sub, rep, and port for all types that send or receive messages unasked, with xsub for what is peculiar to that one. What
// comes from an endpoint goes through package receiving, and what such a socket has sent waits in package sending.
//
// Package server makes one Proxies for a bridge and hands it to the session.Registry, which asks it for every socket that
// a client opens.
//
// Goroutines and locks: frames of the client are handled on the session's reading goroutine, without a lock. Gateways call
// back from goroutines of their own: answers, messages, news of a connection. What both touch is guarded by the session's
// lock, Handle.Lock; it is never held while a gateway or a hook is called.
//
// What only one socket can have, an address or a name, is the one thing that the sockets of all sessions share here: package
// place knows who has it, and who waits.
package proxy
