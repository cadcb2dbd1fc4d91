package translator

import "github.com/zmqwebbridge/zmqwebbridge/core"

// closes are the close codes of error codes. As everywhere, one below 4500 says that another try may help.
var closes = map[core.Code]core.CloseCode{
	core.Invalid:         core.CloseMalformed,
	core.Unauthenticated: core.CloseUnauthorized,
	core.Denied:          core.CloseDenied,
	core.Unsupported:     core.CloseVersion,
	core.Unavailable:     core.CloseGoingAway,
	core.Timeout:         core.CloseTimeout,
	core.Canceled:        core.CloseGoingAway,
	core.Busy:            core.CloseOverloaded,
	core.TooLarge:        core.CloseTooLarge,
	core.Conflict:        core.CloseLimit,
	core.Lost:            core.CloseGoingAway,
	core.Closed:          core.CloseGoingAway,
	core.Protocol:        core.CloseState,
	core.Failed:          core.CloseInternal,
	core.Internal:        core.CloseInternal,
}

// CloseOf is an error as the end of a WebSocket. The reason begins with the name of its code.
func CloseOf(err error) *core.CloseError {
	if closed, ok := core.AsCloseError(err); ok {
		return closed
	}
	e, ok := core.AsError(err)
	if !ok || closes[e.Code] == 0 {
		e = core.NewError(core.Internal, "the bridge failed to handle a message")
	}
	return core.NewCloseError(closes[e.Code], e.Error())
}
