package meter

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// shards is in how many places the traffic of an endpoint is counted, so that processors do not wait for each other's memory.
const shards = 8

// Meter is what is counted of one endpoint.
type Meter struct {
	Requests Durations // of requests of clients, from their arrival to their answer
	Refusals Refusals

	traffic [shards]Traffic
	next    atomic.Uint32
}

// Traffic is one of the places where messages are counted. It fills a cache line.
type Traffic struct {
	toClients, fromClients           atomic.Uint64
	bytesToClients, bytesFromClients atomic.Uint64
	_                                [32]byte
}

// Traffic is where one socket counts: sockets take turns.
func (m *Meter) Traffic() *Traffic { return &m.traffic[m.next.Add(1)%shards] }

// ToClient counts messages, and the bytes of their parts, that are handed on to a client. One that is dropped after that, because
// the client does not read, counts too.
func (t *Traffic) ToClient(messages, bytes int) {
	t.toClients.Add(uint64(messages))
	t.bytesToClients.Add(uint64(bytes))
}

// FromClient counts a message of a client that is handed on to a backend.
func (t *Traffic) FromClient(bytes int) {
	t.fromClients.Add(1)
	t.bytesFromClients.Add(uint64(bytes))
}

// Totals is what went through an endpoint since the bridge was started.
type Totals struct {
	ToClients        uint64 `json:"to_clients"` // messages
	FromClients      uint64 `json:"from_clients"`
	BytesToClients   uint64 `json:"bytes_to_clients"`
	BytesFromClients uint64 `json:"bytes_from_clients"`
}

// Totals adds up what was counted.
func (m *Meter) Totals() (all Totals) {
	for i := range m.traffic {
		t := &m.traffic[i]
		all.ToClients += t.toClients.Load()
		all.FromClients += t.fromClients.Load()
		all.BytesToClients += t.bytesToClients.Load()
		all.BytesFromClients += t.bytesFromClients.Load()
	}
	return all
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
