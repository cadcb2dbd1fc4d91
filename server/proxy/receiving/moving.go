package receiving

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// A history that all bridges have in common is known to one that has just started after a moment, and any of them may be behind the others. This long that is
// waited for, and so often it is looked.
const (
	historyTime = 10 * time.Second
	historyStep = 20 * time.Millisecond
)

// LeavesAt is where the client stands by all that it was sent and that is queued for it, for a session that goes to another bridge. The epoch is empty where
// nobody knows. held says that the client has yet to say Recover. The lock is held.
func (d *Inflow) LeavesAt() (at core.Position, held bool) {
	switch {
	case d.arriving:
		return d.from, false
	case d.phase == holding:
		return at, true
	case d.past != nil && d.placed:
		return core.Position{Epoch: d.epoch, Offset: d.reached}, false
	}
	return at, false
}

// Arrive ends the hold of a client whose session has come from another bridge, where it stood at a position. What was queued for it there goes first.
// Then it goes on behind the position, or is told that nobody knows what is missing.
func (d *Inflow) Arrive(at core.Position) {
	d.Lock()
	defer d.Unlock()
	d.arriving, d.from, d.arrivedAt = true, at, time.Now()
	d.Hold(d) // which goes on soon
}

// arrived goes on where the client stood. No lock is held.
func (d *Inflow) arrived(at core.Position) {
	if d.past != nil && at.Epoch != "" {
		here, _ := d.past.Position()
		behind := here.Epoch == "" || here.Epoch == at.Epoch && here.Offset < at.Offset
		if behind && d.arrivesLater() {
			return
		}
		if here.Epoch == at.Epoch {
			d.Recover(at)
			return
		}
	}
	d.Lock()
	defer d.Unlock()
	if d.phase == holding { // of another history the client would get again what it has
		d.asked, d.phase = true, live
		d.tellLost(0)
	}
}

// arrivesLater has it looked again in a moment, unless that was done for too long.
func (d *Inflow) arrivesLater() bool {
	d.Lock()
	defer d.Unlock()
	if time.Since(d.arrivedAt) > historyTime {
		return false
	}
	d.arriving = true
	time.AfterFunc(historyStep, func() { // ends with the inflow
		d.Lock()
		arrives, at := d.arrives(), d.from
		d.Unlock()
		if arrives {
			d.arrived(at)
		}
	})
	return true
}

// arrives tells whether the client is to go on where it stood now, and notes that it does. The lock is held.
func (d *Inflow) arrives() bool {
	arrives := d.arriving
	d.arriving = false
	return arrives && d.Open()
}
