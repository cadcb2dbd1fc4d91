package gateway

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// lastValuesPart is the part of Config.Memory that last values may always have: a quarter.
const lastValuesPart = 4

// keeping says what is kept of what an endpoint publishes. What Config.Memory allows is divided between the history and the last
// values, so that neither drives the other out.
func (f *Factory) keeping(endpoint core.Endpoint) (History, topic.Bounds) {
	c := &f.config
	h, last := c.historyOf(endpoint), topic.Bounds{Count: int(f.lastValues.Load()), Bytes: c.LastValueBytes}
	memory := int64(0)
	if c.Memory != nil {
		memory = c.Memory(endpoint)
	}
	if memory <= 0 {
		return h, last
	}
	last.Memory = memory
	if h.Durable && c.Histories != nil { // of which little is in memory
		cache, room := c.lasting(endpoint, h.WithDefaults())
		last.Memory = memory - int64(cache.Bytes) - room.Bytes
		return h, last
	}
	if !h.KeepsNothing() {
		h = h.WithDefaults()
		most := memory
		if last.Count > 0 {
			most -= memory / lastValuesPart
		}
		h.Bytes = int(min(int64(h.Bytes), most))
		last.Memory = memory - int64(h.Bytes)
	}
	return h, last
}

// lasting says what of a durable history is in memory: what was read of it last, and what was heard of the publishers last. Of what
// Config.Memory allows the first has half at most, and the second a quarter.
func (c *Config) lasting(endpoint core.Endpoint, h History) (cache History, room durable.Room) {
	cache, room = h.Cache(), durable.Room{Bytes: durable.RoomBytes}
	if c.Memory == nil {
		return cache, room
	}
	if memory := c.Memory(endpoint); memory > 0 {
		cache.Bytes, room.Bytes = int(min(int64(cache.Bytes), memory/2)), min(room.Bytes, memory/4)
	}
	return cache, room
}

// KeepLast is another Config.LastValues, for SUB gateways that are opened from now on.
func (f *Factory) KeepLast(topics int) { f.lastValues.Store(int64(topics)) }

// kept is what a gateway keeps of what its endpoint publishes, in bytes.
func (g *SubGateway) kept() (history, lastValues, held int64) {
	history, lastValues, held = g.feed.Kept()
	return history + g.lasting.held(), lastValues, held
}
