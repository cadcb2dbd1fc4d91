package receiving

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
)

// Lacks implements gateway.Lacker: what never came is missing where it would have been. Before a client that is given what it missed
// it is the replay that says so.
func (d *Inflow) Lacks(a gateway.Absence) {
	d.Lock()
	defer d.Unlock()
	if !d.Open() || !d.standsBefore(a.Offset) {
		return
	}
	told := outbox.Absence{Topic: a.Topic, Messages: a.Messages}
	if d.substring != nil {
		told.Messages = 0
	}
	d.Queue().Absent(told)
	d.Heed(outbox.Counted)
}

// standsBefore tells whether something with a place in the history is to be told now. The lock is held.
func (d *Inflow) standsBefore(offset uint64) bool {
	switch {
	case offset == 0 || d.past == nil:
		return d.phase != holding
	case d.phase != live:
		d.leftOver = max(d.leftOver, offset)
		return false
	}
	if d.goesBy(d.past.Epoch()); offset <= d.reached {
		return false // it was replayed
	}
	d.reached = offset
	return true
}

// CountsAll tells whether what is missing will be known, so that nobody has to be told that something may be.
func (d *Inflow) CountsAll() bool {
	counts, ok := d.source.(interface{ CountsAll() bool })
	return ok && counts.CountsAll()
}
