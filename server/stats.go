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
	Waiting          int           `json:"waiting"`           // sessions whose WebSocket was lost, now
	Resumed          uint64        `json:"resumed"`           // sessions that went on with another WebSocket
	ResumesRefused   uint64        `json:"resumes_refused"`   // tokens that were unknown, used, expired or another user's
	SessionsExpired  uint64        `json:"sessions_expired"`  // whose client did not come back in time
	SessionsDropped  uint64        `json:"sessions_dropped"`  // that held too much, alone or together, while they waited
	Gateway          gateway.Stats `json:"gateway"`
}

type counters struct {
	connections                                                                    atomic.Int64
	resumed, resumesRefused, sessionsExpired, sessionsDropped                      atomic.Uint64
	connectionsTotal, refused, denied, protocolErrors, dropped, requests, messages atomic.Uint64
}

// Stats returns the present counters.
func (b *Bridge) Stats() Stats {
	c := &b.counters
	return Stats{
		Connections: c.connections.Load(), ConnectionsTotal: c.connectionsTotal.Load(), Refused: c.refused.Load(),
		Denied: c.denied.Load(), ProtocolErrors: c.protocolErrors.Load(), Dropped: c.dropped.Load(),
		Requests: c.requests.Load(), Messages: c.messages.Load(), Waiting: b.retention.waiting(),
		Resumed: c.resumed.Load(), ResumesRefused: c.resumesRefused.Load(), SessionsExpired: c.sessionsExpired.Load(),
		SessionsDropped: c.sessionsDropped.Load(), Gateway: b.gateways.Stats(),
	}
}
