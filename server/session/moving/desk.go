package moving

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
)

// Desk is where the sessions of a bridge leave for others, and come from them.
type Desk struct {
	depot    Depot // nil: there are no other bridges
	counters *count.Counters
	parked   parking
	puts     chan struct{} // holds one for each session that is being left
	looks    chan struct{} // holds one for each that is being looked for
}

// How many sessions are packed and left side by side, each of which may be large, and how many are looked for.
const (
	mostPuts  = 16
	mostLooks = 1024
)

// NewDesk makes a Desk; depot nil: there are no other bridges.
func NewDesk(depot Depot, counters *count.Counters) *Desk {
	return &Desk{depot: depot, counters: counters, puts: make(chan struct{}, mostPuts), looks: make(chan struct{}, mostLooks)}
}

// IsOpen tells whether sessions can go to other bridges at the moment.
func (d *Desk) IsOpen() bool { return d.depot != nil && d.depot.Ready() }

// ErrStays is that of a session that cannot go to another bridge, as long as it has what it has.
var ErrStays = core.NewError(core.Unsupported, "this session cannot go to another bridge")

var (
	errBusy    = core.NewError(core.Timeout, "the session did not come to rest in time")
	errNothing = core.NewError(core.Lost, "no session is left there")
)
