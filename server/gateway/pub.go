package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// PubGateway listens for SUB and XSUB peers and publishes to them. It is a Port of type PUB in fewer words, and shares what
// listens at its address with the others. Every peer has a queue of its own; when that is full the newest message is dropped
// for this peer alone, and counted.
type PubGateway struct{ port *Port }

// Publish sends m to every peer that is subscribed to a prefix of its first part. The frames of m must not be modified any
// more. It never blocks: a peer whose queue is full misses the message. The error is TooLarge or Invalid, for m; Closed.
func (g *PubGateway) Publish(m core.Message) error { return g.port.Send(m, nil) }

// Endpoint is where the gateway listens. Its port is the real one when the factory was asked for port 0.
func (g *PubGateway) Endpoint() core.Endpoint { return g.port.Endpoint() }

// Release gives the gateway back to its factory. Every successful [Factory.Pub] is paired with one Release.
func (g *PubGateway) Release() { g.port.Release() }
