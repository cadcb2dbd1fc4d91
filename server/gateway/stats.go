package gateway

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/req"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
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
	HistoryDisplaced              uint64 // messages that had to go because all histories together take too much
	HistoryUnstored               uint64 // messages that had to go before a durable history had them, because what keeps it was too slow, or away
	HistoryHoles                  uint64 // places in histories where messages are missing, because the backend was away, or never came

	Dials          uint64 // attempts to connect, the first ones and the later ones
	Reconnects     uint64 // connections established after an earlier one to the same endpoint was lost; see Factory.Reconnects
	Accepts        uint64 // connections accepted, before their handshake
	ProtocolErrors uint64 // connections ended because the peer broke the protocol or a limit

	Dropped map[drop.Reason]uint64 // messages and connections not taken
}

// counters is what the parts of a factory count in.
type counters struct {
	link.Counters
	history  history.Counters
	durable  durable.Counters
	counted  sequence.Book
	requests req.Counters
	drops    drop.Counters
}

func (c *counters) snapshot() Stats {
	s := Stats{
		LinksUp: c.LinksUp.Load(), PeersUp: c.PeersUp.Load(), Pending: c.requests.Pending.Load(),
		MessagesIn: c.MessagesIn.Load(), MessagesOut: c.MessagesOut.Load(),
		BytesIn: c.BytesIn.Load(), BytesOut: c.BytesOut.Load(),
		Dials: c.Dials.Load(), Accepts: c.Accepts.Load(),
		ProtocolErrors: c.Violations.Load(),

		HistoryMessages: c.history.Messages.Load(), HistoryBytes: c.history.Bytes.Load() + c.durable.Bytes.Load(), HistoryHoles: c.history.Holes.Load(), HistoryDisplaced: c.history.Displaced.Load(),
		HistoryUnstored: c.durable.Unstored.Load(),

		Dropped: c.drops.All(),
	}
	for _, n := range c.Reconnects.ByName() {
		s.Reconnects += n
	}
	s.Dropped[drop.TooLarge] += c.Excessive.Load()
	s.Dropped[drop.TooMany] += c.Excess.Load()
	s.Dropped[drop.LateReply] += c.requests.Late.Load()
	s.Dropped[drop.Malformed] += c.requests.Malformed.Load()
	return s
}
