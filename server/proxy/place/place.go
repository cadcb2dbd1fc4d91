package place

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Place is something that only one socket can have at a time: a name, or a whole address.
type Place struct {
	Type     core.SocketType // REP: a name at which pages answer; DEALER: a name at a ROUTER; else: an address, to use with this type
	Endpoint core.Endpoint
	Identity string // the name; empty: it is the address
	Connects bool   // it is the address of a peer that talks to one socket
}

// errTaken is what somebody is told who wants a place that another one has.
func (p Place) errTaken() *core.Error {
	if p.Identity == "" {
		return core.NewError(core.Conflict, "the address is in use by another page")
	}
	return core.NewError(core.Conflict, "the identity is in use by another page")
}

// Claimant is an endpoint that wants a place.
type Claimant interface {
	Down(error)   // it has to wait, because of this
	Refuse(error) // it has waited in vain, or could not be opened when it had its place
}
