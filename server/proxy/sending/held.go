package sending

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
)

// Held is what a client has sent and backends have yet to take: it is on the account of the client, and counts at the endpoint, of several at
// the first. The session's lock guards it.
type Held struct {
	account.Charge
	Load meter.Load
}

// NewHeld is that of a new socket. Nobody else puts anything on the charge.
func NewHeld(c *account.Charge) *Held { return &Held{Charge: *c} }

// Add puts more on both, or less for a negative number.
func (h *Held) Add(n int) {
	h.Charge.Add(n)
	h.Load.Add(n)
}

// Take is Add, unless there is no room for it at the endpoint.
func (h *Held) Take(n int) bool {
	if !h.Load.Take(n) {
		return false
	}
	h.Charge.Add(n)
	return true
}

// ErrEndpointFull refuses what is sent where too much waits for the same endpoint.
var ErrEndpointFull = core.NewError(core.Busy, "too much waits for this endpoint")
