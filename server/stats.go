package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Stats is a snapshot of a Bridge's counters.
type Stats struct {
	Connections      int64         `json:"connections"`       // open now
	ConnectionsTotal uint64        `json:"connections_total"` // since the start
	Sockets          int           `json:"sockets"`           // of pages, open now, also of those that wait to be resumed
	Subscriptions    int           `json:"subscriptions"`     // of those sockets
	Queued           int           `json:"queued"`            // messages that wait for pages now
	QueuedBytes      int           `json:"queued_bytes"`      // what waits for pages now, answers too, with what each message costs besides
	Refused          uint64        `json:"refused"`           // WebSockets: hook, origin, limits
	Denied           uint64        `json:"denied"`            // sockets and subscriptions
	Withdrawn        uint64        `json:"withdrawn"`         // sockets and subscriptions that had been allowed
	ProtocolErrors   uint64        `json:"protocol_errors"`   // connections ended for what the client sent
	Dropped          uint64        `json:"dropped"`           // messages that did not reach a page or backend: no room, or too large
	Conflated        uint64        `json:"conflated"`         // messages that a newer one of their topic replaced, as a page asked
	Requests         uint64        `json:"requests"`          // of pages
	Messages         uint64        `json:"messages"`          // to pages, of SUB sockets
	Replayed         uint64        `json:"replayed"`          // of those, messages a page had missed, from a history
	Waiting          int           `json:"waiting"`           // sessions whose WebSocket was lost, now
	Resumed          uint64        `json:"resumed"`           // sessions that went on with another WebSocket
	MovedOut         uint64        `json:"moved_out"`         // sessions that were left for other bridges
	MovedIn          uint64        `json:"moved_in"`          // sessions of other bridges that go on here; they count as resumed, too
	MovesFailed      uint64        `json:"moves_failed"`      // sessions that could not be left for another bridge when they should
	MovedBytes       uint64        `json:"moved_bytes"`       // what was left for other bridges
	ResumesRefused   uint64        `json:"resumes_refused"`   // tokens that were unknown, used, expired or another user's
	Renewed          uint64        `json:"renewed"`           // credentials that were followed by others in time
	Expired          uint64        `json:"expired"`           // WebSockets closed because the credentials were not valid any more
	Dismissed        uint64        `json:"dismissed"`         // sessions that ended because their users were not let in any more
	SessionsExpired  uint64        `json:"sessions_expired"`  // whose client did not come back in time
	SessionsDropped  uint64        `json:"sessions_dropped"`  // that held too much, alone or together, while they waited
	Claims           int           `json:"claims"`            // endpoints that wait for an identity or an address that another client has, now
	ClaimsRefused    uint64        `json:"claims_refused"`    // that may not even wait: too many do
	SessionsShed     uint64        `json:"sessions_shed"`     // ended because all together held too much, and they the most
	Gateway          gateway.Stats `json:"gateway"`

	// DroppedBy is what of Dropped did not fit a slow page's queue, by what its subscription does then: "drop-newest",
	// "drop-oldest", "conflate" (topics beyond the HWM), "close" (what waited for sockets that were closed). And "undelivered": what clients have sent
	// that reached no backend.
	DroppedBy map[string]uint64 `json:"dropped_by"`

	// Gaps is how many gaps clients were told of, by why: "dropped" (no room), "conflated", "too_large", "unavailable" (the backend
	// was away), "source" (what never came, as the publisher's own count says), "lost" (what no history has).
	Gaps map[string]uint64 `json:"gaps"`

	// Limits is how often each limit was hit, by its name: "connections", "connections_per_ip", "connections_per_user", "rate"
	// (a client sent faster than it may, and was read more slowly), "too_fast" (so much faster that it was disconnected),
	// "sockets", "endpoints", "subscriptions", "prefixes", "requests", "queued", "memory", "memory_per_user", "retained", "histories" (messages of histories had to go, for
	// want of memory), "tickets".
	Limits map[string]uint64 `json:"limits"`

	// Memory is how many bytes are held for clients, by what they are held as: "connections", "reading" (WebSocket messages
	// that are not complete), "queue" (not written yet), "window" (not acknowledged), "outbox" (messages that wait for
	// credit), "sockets", "prefixes", "requests", "sending" (messages to backends), "lingering" (those of sockets that are
	// closed), "replays" (histories and last values that are being read), "history" and "last_values" (what is kept of them), "shared"
	// (messages that many clients wait for, or have not acknowledged, and that are kept once for all of them, and counted
	// here and not with queue, window and outbox). MemoryHeld is their sum, of which Config.Memory is the limit.
	Memory     map[string]int `json:"memory"`
	MemoryHeld int            `json:"memory_held"`
}

// Stats returns the present counters.
func (b *Bridge) Stats() Stats {
	c, occupancy := b.sessions.Counters(), b.sessions.Occupancy()
	droppedBy := map[string]uint64{"undelivered": c.Undelivered.Load()}
	for o := core.DropNewest; o <= core.CloseSlow; o++ {
		droppedBy[o.String()] = c.DroppedBy[o].Load()
	}
	memory, held := map[string]int{}, 0
	for kind, bytes := range b.sessions.Memory().ByKind() {
		memory[account.Kind(kind).String()] = bytes
		held += bytes
	}
	gaps := map[string]uint64{"dropped": c.Gaps.Dropped.Load(), "conflated": c.Gaps.Conflated.Load(), "too_large": c.Gaps.TooLarge.Load(),
		"unavailable": c.Gaps.Unavailable.Load(), "source": c.Gaps.Source.Load(), "lost": c.Gaps.Lost.Load()}
	limits := map[string]uint64{}
	for l := range limit.Limits {
		limits[l.String()] = c.Limits[l].Load()
	}
	return Stats{
		Gaps: gaps, Limits: limits,
		Memory: memory, MemoryHeld: held, SessionsShed: c.Shed.Load(),
		Sockets: occupancy.Sockets, Subscriptions: occupancy.Subscriptions, Queued: occupancy.Queued, QueuedBytes: occupancy.QueuedBytes,
		Conflated: c.Conflated.Load(), DroppedBy: droppedBy,
		Connections: c.Connections.Load(), ConnectionsTotal: c.ConnectionsTotal.Load(), Refused: c.Refused.Load(),
		Denied: c.Denied.Load(), Withdrawn: c.Withdrawn.Load(), ProtocolErrors: c.ProtocolErrors.Load(), Dropped: c.Dropped.Load(),
		Requests: c.Requests.Load(), Messages: c.Messages.Load(), Replayed: c.Replayed.Load(), Waiting: b.sessions.Waiting(),
		Claims: occupancy.Claims, ClaimsRefused: c.ClaimsRefused.Load(),
		Renewed: c.Renewed.Load(), Expired: c.Expired.Load(), Dismissed: c.Dismissed.Load(),
		Resumed: c.Resumed.Load(), MovedOut: c.MovedOut.Load(), MovedIn: c.MovedIn.Load(), MovesFailed: c.MovesFailed.Load(), MovedBytes: c.MovedBytes.Load(), ResumesRefused: c.ResumesRefused.Load(), SessionsExpired: c.SessionsExpired.Load(),
		SessionsDropped: c.SessionsDropped.Load(), Gateway: b.gateways.Stats(),
	}
}
