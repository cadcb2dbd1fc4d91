package meter

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Meter is what is counted of one endpoint.
type Meter struct {
	Requests Durations // of requests of clients, from their arrival to their answer
	Refusals Refusals

	toClients, fromClients           atomic.Uint64
	bytesToClients, bytesFromClients atomic.Uint64

	held atomic.Int64 // bytes that wait for backends, see Load
}

// FromClient counts a message of a client that is handed on to a backend. It is for who has no Tally at hand.
func (m *Meter) FromClient(bytes int) {
	m.fromClients.Add(1)
	m.bytesFromClients.Add(uint64(bytes))
}

// Totals is what went through an endpoint since the bridge was started.
type Totals struct {
	ToClients        uint64 `json:"to_clients"` // messages
	FromClients      uint64 `json:"from_clients"`
	BytesToClients   uint64 `json:"bytes_to_clients"`
	BytesFromClients uint64 `json:"bytes_from_clients"`
}

// Totals is what was counted, as far as tallies have been handed in.
func (m *Meter) Totals() Totals {
	return Totals{ToClients: m.toClients.Load(), FromClients: m.fromClients.Load(),
		BytesToClients: m.bytesToClients.Load(), BytesFromClients: m.bytesFromClients.Load()}
}

// codes is more than there are, see core.Code.
const codes = int(core.Internal) + 1

// byCode counts by code.
type byCode [codes]atomic.Uint64

func (b *byCode) add(c core.Code) {
	if !c.Valid() {
		c = core.Internal
	}
	b[c].Add(1)
}

func (b *byCode) all() map[core.Code]uint64 {
	all := map[core.Code]uint64{}
	for c := range b {
		if n := b[c].Load(); n > 0 {
			all[core.Code(c)] = n
		}
	}
	return all
}
