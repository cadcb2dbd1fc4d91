package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

var (
	errCanceled = core.NewError(core.Canceled, "the request was canceled")
	errTimeout  = core.NewError(core.Timeout, "no reply in time")
	errPending  = core.NewError(core.Busy, "too many requests await their replies from this backend")
	errAnswered = core.NewError(core.Invalid, "the request has been answered already")
	errPaired   = core.NewError(core.Conflict, "the socket has its peer")
	errNoSender = core.NewError(core.Unsupported, "a socket of this type does not send")
)

// ErrTaken refuses a port of a type that belongs to one page at a time, as long as another page has it.
var ErrTaken = core.NewError(core.Conflict, "the address is in use by another page")
