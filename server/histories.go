package server

import "github.com/zmqwebbridge/zmqwebbridge/core"

// KeepHistories subscribes at endpoints that have a name, whether any client uses them or not, until Close: so that a history which is
// durable has what is published before anybody comes. A name that is known later, or whose gateway cannot be opened now, is subscribed
// at when the first client uses it.
func (b *Bridge) KeepHistories(names ...string) {
	for _, name := range names {
		ep, err := core.ParseEndpoint(name)
		if err != nil {
			b.cfg.Log.Error("there is no such endpoint to keep the history of", "endpoint", name, "err", err)
			continue
		}
		if _, err := b.gateways.Sub(ep); err != nil { // which is given back by Close
			b.cfg.Log.Warn("the history of an endpoint is not kept before a client uses it", "endpoint", name, "err", err)
		}
	}
}
