package server

import "github.com/zmqwebbridge/zmqwebbridge/core"

// LastValues are the last messages that this bridge has heard from an endpoint, of the topics with a prefix, in wire form: the newest ones, of so many bytes together. They are
// for other bridges, which ask by way of Config.Gateway.LastElsewhere. There are none where Gateway.LastValues keeps none, or where nobody has subscribed.
func (b *Bridge) LastValues(endpoint core.Endpoint, prefix string, most int) []core.Body {
	return b.gateways.LastValues(endpoint, prefix, most)
}
