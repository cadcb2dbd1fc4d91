package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// PubGateway listens for SUB and XSUB peers and publishes to them. Every peer has a queue of its own; when that is full
// the newest message is dropped for this peer alone, and counted.
type PubGateway struct {
	hub *hub // shared with the ports of type PUB that listen at the same address
	*publisher
}

// Publish sends m to every peer that is subscribed to a prefix of its first part. The frames of m must not be modified any
// more. It never blocks: a peer whose queue is full misses the message. The error is TooLarge or Invalid, for m.
func (g *PubGateway) Publish(m core.Message) error {
	if err := core.CheckMessage(m, g.hub.maxMessage); err != nil {
		return err
	}
	g.publish(newParcel(nil, m, nil))
	return nil
}

// Endpoint is where the gateway listens. Its port is the real one when the factory was asked for port 0.
func (g *PubGateway) Endpoint() core.Endpoint { return g.hub.endpoint() }

// Release gives the gateway back to its factory. Every successful [Factory.Pub] is paired with one Release.
func (g *PubGateway) Release() { g.hub.release() }
