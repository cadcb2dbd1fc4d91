package link

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Counters is what links and listeners count, all those together that share it. Everything but the gauges only grows.
type Counters struct {
	zmtp.Traffic

	LinksUp atomic.Int64 // gauge: live connections that were dialled
	PeersUp atomic.Int64 // gauge: live connections that were accepted

	Dials      atomic.Uint64 // attempts to connect, the first ones and the later ones
	Accepts    atomic.Uint64 // connections accepted, before their handshake
	Excess     atomic.Uint64 // of those, how many were one more than Config.MaxPeers
	Violations atomic.Uint64 // connections ended because the peer broke the protocol or a limit

	Reconnects Reconnects
}

// Reconnects counts the connections that were established after an earlier one to the same endpoint was lost, by the name of the
// endpoint. Names are only those that the bridge has; addresses have none, and are one.
type Reconnects struct {
	mu     sync.Mutex
	byName map[string]uint64
}

func (r *Reconnects) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName == nil {
		r.byName = map[string]uint64{}
	}
	r.byName[name]++
}

// ByName is what was counted; "" is all that has no name.
func (r *Reconnects) ByName() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.byName)
}
