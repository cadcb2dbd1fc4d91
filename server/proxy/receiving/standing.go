package receiving

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// standing is where a client stands in the history of an endpoint it subscribes to.
type standing struct {
	number uint64 // of the endpoint
	held   bool   // it was opened to deliver nothing before Recover

	// Guarded by the session's lock.

	past     *gateway.Subscription // nil: no history is kept. Final before anything is subscribed to
	phase    phase
	asked    bool   // Recover came
	placed   bool   // the client was told its position
	epoch    string // in which it was
	told     uint64 // where it is, by all that it was sent and is queued for it
	reached  uint64 // all up to here was handed on, as far as it concerns the client
	leftOver uint64 // the newest message that was left to the replay

	arriving  bool          // the session has come from another bridge, and what it brought goes first
	from      core.Position // where the client stood there
	arrivedAt time.Time

	reading *account.Charge // for the replay
	replay  *gateway.Replay // what the client missed; it goes on until it meets what comes
	gap     *core.Frame     // has to go out behind what was queued up to its arrival
	arrival int64
}

// phase of an inflow. It only grows.
type phase uint8

const (
	holding   phase = iota // nothing is delivered; what has a place in the history is not lost by that
	replaying              // what was missed, and what comes meanwhile, is read from the history
	live
)

func newStanding(c *Config) standing {
	s := standing{number: c.Number, held: c.Held, phase: live, reading: c.Handle.Charge(account.Replays)}
	if c.Held {
		s.phase = holding
	}
	return s
}

// remember is told that there is a history. The gateway may call Reached already.
func (d *Inflow) remember(past *gateway.Subscription) {
	d.Lock()
	defer d.Unlock()
	d.past = past
}

// takes is what of p, whose messages have places in the history, is to be delivered, rather than read by the replay. The
// client learns of the history before its first message. The lock is held.
func (d *Inflow) takes(p burst.Part) (ranges []burst.Range) {
	last := p.Offset(p.Ranges[len(p.Ranges)-1].To - 1)
	if d.phase != live {
		d.leftOver = last
		return nil
	}
	d.goesBy(d.past.Epoch())
	ranges = p.Ranges
	for len(ranges) > 0 && p.Offset(ranges[0].From) <= d.reached { // it was replayed
		ranges = p.Rest(1).Ranges
		p.Ranges = ranges
	}
	if len(ranges) == 0 {
		return nil
	}
	if !d.placed {
		d.place(core.Position{Epoch: d.past.Epoch(), Offset: p.Offset(ranges[0].From) - 1})
	}
	d.handOn(last)
	return ranges
}

// goesBy is told which history what comes has its place in. In another one than before the client has no place yet. The lock is held.
func (d *Inflow) goesBy(epoch string) {
	if d.placed && d.epoch != epoch {
		d.placed, d.reached, d.told = false, 0, 0
	}
}

// handOn notes that a message goes to the client, who learns of its place with it, if messages leave in order. The lock
// is held.
func (d *Inflow) handOn(offset uint64) {
	d.reached = offset
	if d.Queue().InOrder() {
		d.told = offset
	}
}

// place tells the client where it stands. The lock is held, and nothing of this inflow is queued.
func (d *Inflow) place(p core.Position) {
	d.placed, d.epoch, d.told = true, p.Epoch, p.Offset
	d.reached = max(d.reached, p.Offset)
	d.SendLocked(&core.Frame{Kind: core.KindPosition, ID: d.number, Offset: p.Offset, Name: []byte(p.Epoch)})
}

// Proven is told that a subscription is live: who has heard of nothing yet can all the same say where it was.
func (d *Inflow) Proven() {
	if d.past == nil {
		return
	}
	p, ok := d.past.Position()
	d.Lock()
	defer d.Unlock()
	if ok && d.phase == live && !d.placed {
		d.place(p)
	}
}

// Reached implements gateway.Follower. A client that hears little on an endpoint where much goes by is told its place
// before what follows it is forgotten; unless something is queued for it, which it must not be told to be past.
//
// A history that is followed begins when something is known of it. A place in one without a name would be none to come back to.
func (d *Inflow) Reached(epoch string, oldest, latest uint64) {
	d.Lock()
	defer d.Unlock()
	if d.past == nil || d.phase != live || epoch == "" || epoch != d.past.Epoch() {
		return
	}
	d.goesBy(epoch)
	behind := latest > d.told && (d.told < (oldest+latest)/2 || !d.Queue().InOrder())
	if d.placed && !behind || !d.Queue().Settled() || !d.Open() {
		return
	}
	d.place(core.Position{Epoch: epoch, Offset: latest})
}

func (d *Inflow) phaseNow() phase {
	d.Lock()
	defer d.Unlock()
	return d.phase
}

// delivers tells whether a message without a place in a history may be delivered.
func (d *Inflow) delivers() bool {
	if !d.held {
		return true
	}
	d.Lock()
	defer d.Unlock()
	return d.phase != holding
}
