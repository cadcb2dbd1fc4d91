// Package service calls the exported methods of a Go value by name, with arguments that are JSON text. It finds out which
// methods can be called, which of them guards which, and what is to be said when arguments do not fit. Nothing here knows
// of sockets.
//
// Who may call it: core/zmq, for its RPCServer and PubRPCServer. A [Service] has no lock, because it does not change; the
// methods run on the goroutine of the call.
package service
