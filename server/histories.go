package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// KeepHistories subscribes at endpoints that have a name, and whose histories are durable, whether any client uses them or not: so that they
// have what is published before anybody comes. It is called again when others are to be kept; those that were, and are not among
// them, are kept no longer. An endpoint that clients use in another way at the moment stays as it is until they have gone, and one whose gateway
// cannot be opened now is subscribed at when the first client uses it. It is called by one goroutine at a time, and Close ends it.
func (b *Bridge) KeepHistories(names ...string) {
	before := b.keeping
	b.keeping = map[string]*gateway.SubGateway{}
	for _, name := range names {
		if g := before[name]; g != nil {
			b.keeping[name] = g
			delete(before, name)
		} else if g := b.keepHistory(name); g != nil {
			b.keeping[name] = g
		}
	}
	for _, g := range before {
		g.Release()
	}
}

// keepHistory is the gateway of an endpoint whose history is durable; nil: it is not, or not yet.
func (b *Bridge) keepHistory(name string) *gateway.SubGateway {
	ep, err := core.ParseEndpoint(name)
	if err != nil {
		b.cfg.Log.Error("there is no such endpoint to keep the history of", "endpoint", name, "err", err)
		return nil
	}
	g, err := b.gateways.Sub(ep)
	if err != nil {
		b.cfg.Log.Warn("the history of an endpoint is not kept before a client uses it", "endpoint", name, "err", err)
		return nil
	}
	if !g.IsDurable() {
		g.Release()
		b.cfg.Log.Warn("the history of an endpoint becomes durable when nobody uses the endpoint any more", "endpoint", name)
		return nil
	}
	return g
}
