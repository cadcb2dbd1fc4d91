package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// door is what is asked of a WebSocket, or of a request over HTTP, before any hook is, by the configuration of the moment.
type door struct {
	origins  origin.Pages
	noLegacy bool
	perIP    int
	rates    limit.Rates // of requests over HTTP

	maxMessage int // bytes of a message
	mostFramed int // what has ever been allowed, and sessions that are resumed may go by
}

// Reconfigure has the bridge go by another Config from now on, as far as that can be done while it runs: Origins, Hosts, NoLegacy,
// MaxConnections, MaxConnectionsPerIP, MaxConnectionsPerUser, MessageRate, ByteRate, MaxSockets, MaxSubscriptions, HWM, MaxQueued,
// Memory, MaxMemoryPerUser, MaxMessage, NoResume, Retain and Gateway.LastValues. All else is as New was told. What somebody has already is not taken away for a limit of numbers;
// those of memory and of rates are for everybody at once, and pages that may not connect any more go with the next Judge. How large messages
// may be, and how long it is kept, each session is told when it begins, and that holds as long as it lasts. Of another number of last values
// it is known when the bridge subscribes the next time.
// Users are counted only as long as their number is limited. It is called by one goroutine at a time.
func (b *Bridge) Reconfigure(c Config) {
	c.Log = b.cfg.Log
	c = c.withDefaults()
	b.adopt(&c)
	b.sessions.Limit(c.sessionLimits())
	b.proxies.Limit(c.socketLimits())
	b.gateways.KeepLast(c.Gateway.LastValues)
}

// adopt makes what the configuration says of who comes the door of the bridge.
func (b *Bridge) adopt(c *Config) {
	origins, err := origin.New(c.Hosts, c.Origins)
	if err != nil {
		b.cfg.Log.Error("an entry of Origins lets nobody in", "err", err)
	}
	most := c.MaxMessage
	if before := b.hooks.door.Load(); before != nil {
		most = max(most, before.mostFramed)
	}
	b.hooks.door.Store(&door{origins: origins, noLegacy: c.NoLegacy, perIP: c.MaxConnectionsPerIP, rates: limit.Rates{Messages: c.MessageRate, Bytes: c.ByteRate, Most: c.MaxConnections}, maxMessage: c.MaxMessage, mostFramed: most})
}
