package gateway

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/req"
)

// Stats is a snapshot of a factory. Everything but the gauges only grows.
type Stats struct {
	ReqGateways, SubGateways, RepGateways, PubGateways int // gauge: gateways open
	Sockets                                            int // gauge: sockets of ports open, those that are shared count once

	LinksUp int64 // gauge: live connections the bridge dialled
	PeersUp int64 // gauge: live connections the bridge accepted
	Pending int64 // gauge: requests without an answer yet

	MessagesIn, MessagesOut uint64 // ZeroMQ messages, all gateways together
	BytesIn, BytesOut       uint64 // on the wire

	HistoryMessages, HistoryBytes int64  // gauge: kept for subscribers that come back; the bytes with what it costs to keep them
	HistoryHoles                  uint64 // places in histories where messages are missing, because the backend was away

	Dials          uint64 // attempts to connect, the first ones and the later ones
	Reconnects     uint64 // connections established after an earlier one to the same endpoint was lost
	Accepts        uint64 // connections accepted, before their handshake
	ProtocolErrors uint64 // connections ended because the peer broke the protocol or a limit

	Dropped map[DropReason]uint64 // messages and connections not taken
}

// DropReason says why something was dropped.
type DropReason uint8

const (
	DropLateReply    DropReason = iota // reply to a request that had ended: canceled, timed out, or never made
	DropMalformed                      // message without the envelope its socket type demands
	DropNoServer                       // request of a backend while no page serves, or all are full
	DropSlowPeer                       // message a subscriber's, or a ROUTER's peer's, queue had no room for
	DropTooMany                        // connection beyond Config.MaxPeers, second one of a PAIR, or of a routing id in use
	DropUnsubscribed                   // published message no connected peer is subscribed to
	DropNoRoute                        // message to a routing id nobody has, or of an XSUB while no publisher is there
	DropSlowPage                       // message to a subscribed page that had no room, of a socket others listen on too
	DropTooLarge                       // message of a peer that was over one of Config.Limits
	DropClosed                         // message that was queued, or held back, when its socket or connection was closed; or that was sent to a name whose page had gone

	dropReasons
)

var dropNames = [dropReasons]string{"late_reply", "malformed", "no_server", "slow_peer", "too_many_peers",
	"unsubscribed", "no_route", "slow_page", "too_large", "closed",
}

// String is the reason as a metric's label.
func (r DropReason) String() string {
	if r < dropReasons {
		return dropNames[r]
	}
	return "unknown"
}

// MarshalText makes reasons the keys of a JSON object.
func (r DropReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// counters is what the parts of a factory count in.
type counters struct {
	link.Counters
	history  history.Counters
	requests req.Counters
	dropped  [dropReasons]atomic.Uint64
}

func (c *counters) drop(r DropReason) { c.dropped[r].Add(1) }

// discard drops messages that were accepted.
func (c *counters) discard(parcels []parcel, reason DropReason) {
	for i := range parcels {
		c.drop(reason)
		parcels[i].left()
	}
}

func (c *counters) snapshot() Stats {
	s := Stats{
		LinksUp: c.LinksUp.Load(), PeersUp: c.PeersUp.Load(), Pending: c.requests.Pending.Load(),
		MessagesIn: c.MessagesIn.Load(), MessagesOut: c.MessagesOut.Load(),
		BytesIn: c.BytesIn.Load(), BytesOut: c.BytesOut.Load(),
		Dials: c.Dials.Load(), Reconnects: c.Reconnects.Load(), Accepts: c.Accepts.Load(),
		ProtocolErrors: c.Violations.Load(),

		HistoryMessages: c.history.Messages.Load(), HistoryBytes: c.history.Bytes.Load(), HistoryHoles: c.history.Holes.Load(),

		Dropped: make(map[DropReason]uint64, dropReasons),
	}
	for r := range dropReasons {
		s.Dropped[r] = c.dropped[r].Load()
	}
	s.Dropped[DropTooLarge] += c.Excessive.Load()
	s.Dropped[DropTooMany] += c.Excess.Load()
	s.Dropped[DropLateReply] += c.requests.Late.Load()
	s.Dropped[DropMalformed] += c.requests.Malformed.Load()
	return s
}
