// Package receiving is about what a socket of a client receives unasked from its endpoints: an Inflow for each endpoint of a SUB or
// XSUB, which knows where in the endpoint's history the client stands, and gives it what it has missed; and an Intake for each port
// of the types that lose nothing and hold their peers back instead. Liveness is which subscriptions are not proven live yet.
//
// Package proxy makes them, and hands them to gateways. What it is told of an endpoint stands in Config; it does not know the
// endpoint itself.
//
// Goroutines and locks: gateways call Deliver, Receive and what else their interfaces have, from goroutines of their own. All that
// the client asks for, to subscribe and to recover, is called on the reading goroutine of the session. The session's lock guards what
// both touch, and is not held while a gateway is called.
package receiving
