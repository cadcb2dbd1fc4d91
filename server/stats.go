package server

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// Stats is a snapshot of a Bridge's counters.
type Stats struct {
	Connections      int64         `json:"connections"`       // open now
	ConnectionsTotal uint64        `json:"connections_total"` // since the start
	Refused          uint64        `json:"refused"`           // WebSockets: hook, origin, limits
	Denied           uint64        `json:"denied"`            // sockets and subscriptions
	ProtocolErrors   uint64        `json:"protocol_errors"`   // connections ended for what the client sent
	Dropped          uint64        `json:"dropped"`           // messages that did not reach a page or backend: no room, or too large
	Conflated        uint64        `json:"conflated"`         // messages that a newer one of their topic replaced, as a page asked
	Requests         uint64        `json:"requests"`          // of pages
	Messages         uint64        `json:"messages"`          // to pages, of SUB sockets
	Replayed         uint64        `json:"replayed"`          // of those, messages a page had missed, from a history
	Waiting          int           `json:"waiting"`           // sessions whose WebSocket was lost, now
	Resumed          uint64        `json:"resumed"`           // sessions that went on with another WebSocket
	ResumesRefused   uint64        `json:"resumes_refused"`   // tokens that were unknown, used, expired or another user's
	SessionsExpired  uint64        `json:"sessions_expired"`  // whose client did not come back in time
	SessionsDropped  uint64        `json:"sessions_dropped"`  // that held too much, alone or together, while they waited
	Gateway          gateway.Stats `json:"gateway"`

	// DroppedBy is what of Dropped did not fit a slow page's queue, by what its subscription does then: "drop-newest",
	// "drop-oldest", "conflate" (topics beyond the HWM), "close" (what waited for sockets that were closed).
	DroppedBy map[string]uint64 `json:"dropped_by"`
}

type counters struct {
	replayed  atomic.Uint64
	droppedBy [core.CloseSlow + 1]atomic.Uint64 // by core.Overflow
	conflated atomic.Uint64

	connections, lingering                                                         atomic.Int64
	resumed, resumesRefused, sessionsExpired, sessionsDropped                      atomic.Uint64
	connectionsTotal, refused, denied, protocolErrors, dropped, requests, messages atomic.Uint64
}

// Stats returns the present counters.
func (b *Bridge) Stats() Stats {
	c := &b.counters
	droppedBy := map[string]uint64{}
	for o := core.DropNewest; o <= core.CloseSlow; o++ {
		droppedBy[o.String()] = c.droppedBy[o].Load()
	}
	return Stats{
		Conflated: c.conflated.Load(), DroppedBy: droppedBy,
		Connections: c.connections.Load(), ConnectionsTotal: c.connectionsTotal.Load(), Refused: c.refused.Load(),
		Denied: c.denied.Load(), ProtocolErrors: c.protocolErrors.Load(), Dropped: c.dropped.Load(),
		Requests: c.requests.Load(), Messages: c.messages.Load(), Replayed: c.replayed.Load(), Waiting: b.retention.waiting(),
		Resumed: c.resumed.Load(), ResumesRefused: c.resumesRefused.Load(), SessionsExpired: c.sessionsExpired.Load(),
		SessionsDropped: c.sessionsDropped.Load(), Gateway: b.gateways.Stats(),
	}
}
