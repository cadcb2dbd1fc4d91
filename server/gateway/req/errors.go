package req

import (
	"errors"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

var (
	errUnhandled = core.NewError(core.Internal, "the bridge failed to handle the reply")
	errCanceled  = core.NewError(core.Canceled, "the request was canceled")
	errTimeout   = core.NewError(core.Timeout, "no reply in time")
	errCrowded   = core.NewError(core.Busy, "too many requests wait for long at this backend")
	errPending   = core.NewError(core.Busy, "too many requests await their replies from this backend")
)

// errIdle ends a connection for one request at a time that nobody needs any more.
var errIdle = errors.New("not used for a while")
