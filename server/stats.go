package server

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// Stats is a snapshot of a Bridge's counters.
type Stats struct {
	Connections      int64         `json:"connections"`       // open now
	ConnectionsTotal uint64        `json:"connections_total"` // since the start
	Refused          uint64        `json:"refused"`           // WebSockets: hook, origin, limits
	Denied           uint64        `json:"denied"`            // sockets and subscriptions
	ProtocolErrors   uint64        `json:"protocol_errors"`   // connections ended for what the client sent
	Dropped          uint64        `json:"dropped"`           // messages that did not fit a slow page's queue
	Requests         uint64        `json:"requests"`          // of pages
	Messages         uint64        `json:"messages"`          // to pages, of SUB sockets
	Gateway          gateway.Stats `json:"gateway"`
}

type counters struct {
	connections                                                                    atomic.Int64
	connectionsTotal, refused, denied, protocolErrors, dropped, requests, messages atomic.Uint64
}

// Stats returns the present counters.
func (b *Bridge) Stats() Stats {
	c := &b.counters
	return Stats{
		Connections: c.connections.Load(), ConnectionsTotal: c.connectionsTotal.Load(), Refused: c.refused.Load(),
		Denied: c.denied.Load(), ProtocolErrors: c.protocolErrors.Load(), Dropped: c.dropped.Load(),
		Requests: c.requests.Load(), Messages: c.messages.Load(), Gateway: b.gateways.Stats(),
	}
}
