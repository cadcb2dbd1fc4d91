package port

import "github.com/zmqwebbridge/zmqwebbridge/core"

var (
	errPaired   = core.NewError(core.Conflict, "the socket has its peer")
	errNoSender = core.NewError(core.Unsupported, "a socket of this type does not send")
)

// errTaken refuses a port of a type, or with a name, that belongs to one page at a time, as long as another page has it.
var errTaken = core.NewError(core.Conflict, "the address or the identity is in use by another page")
