package durable

import (
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
)

// Room is what an Ingester may have in memory of what it has heard: the last seconds, and what the store has yet to take. When there is
// not enough the oldest messages go. Those that were not stored are counted, and a gap is told where they are missing.
type Room struct {
	Bytes    int64           // with what it costs to keep them; default 32 MiB
	Portion  history.Portion // of the memory for all; nil: nothing but Bytes bounds it
	Counters *Counters       // default: its own
}

// Counters is what ingesters count, all those together that share it.
type Counters struct {
	Bytes    atomic.Int64  // gauge: what they have in memory, with what it costs to keep it
	Unstored atomic.Uint64 // messages that had to go before they were stored, because the store was too slow, or away
}

// RoomBytes is the default of Room.Bytes.
const RoomBytes = 32 << 20

func (r Room) withDefaults() Room {
	if r.Bytes == 0 {
		r.Bytes = RoomBytes
	}
	if r.Counters == nil {
		r.Counters = new(Counters)
	}
	return r
}

// The portion is asked once for so many bytes more or less than it knows of, or for so many items: others may need room.
const (
	settleStep  = 16 << 10
	settleItems = 64
)

// add books bytes. The lock is held.
func (r *recent) add(bytes int64) {
	r.bytes += bytes
	r.room.Counters.Bytes.Add(bytes)
}

// settle tells the portion what there is, and drops the oldest where that is more than there is room for. The lock is held.
func (r *recent) settle(now time.Time) {
	if p := r.room.Portion; p != nil {
		if excess := p.Hold(r.bytes); excess > 0 {
			r.drop(now, r.bytes-excess)
			p.Hold(r.bytes)
		}
	}
	r.settled, r.unasked = r.bytes, 0
}

// held is how many bytes there are.
func (r *recent) held() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes
}

// end drops everything, also what comes later.
func (r *recent) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	r.leads, r.ended = false, true
	r.drop(time.Time{}, -1)
	if r.room.Portion != nil {
		r.room.Portion.Leave()
	}
}
