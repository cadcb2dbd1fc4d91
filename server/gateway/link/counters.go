package link

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Counters is what links and listeners count, all those together that share it. Everything but the gauges only grows.
type Counters struct {
	zmtp.Traffic

	LinksUp atomic.Int64 // gauge: live connections that were dialled
	PeersUp atomic.Int64 // gauge: live connections that were accepted

	Dials      atomic.Uint64 // attempts to connect, the first ones and the later ones
	Reconnects atomic.Uint64 // connections established after an earlier one to the same endpoint was lost
	Accepts    atomic.Uint64 // connections accepted, before their handshake
	Excess     atomic.Uint64 // of those, how many were one more than Config.MaxPeers
	Violations atomic.Uint64 // connections ended because the peer broke the protocol or a limit
}
