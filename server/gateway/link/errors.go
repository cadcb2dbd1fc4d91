package link

import (
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// ErrClosed is the reason for which everything ends that a gateway was asked for and has not done when it is closed.
var ErrClosed = core.NewError(core.Closed, "the gateway is closed")

// Unavailable turns the reason for which nobody can be reached at a place into the error callers see. That there is somebody
// of the wrong type is not cured by waiting, so it keeps its code.
func Unavailable(place fmt.Stringer, reason error) *core.Error {
	code := core.Unavailable
	if zmtp.IsMisfit(reason) {
		code = core.Invalid
	}
	return core.NewError(code, place.String()+": "+zmtp.Describe(reason))
}

// Lost is Unavailable for what was already on its way.
func Lost(place fmt.Stringer, reason error) *core.Error {
	return core.NewError(core.Lost, place.String()+": "+zmtp.Describe(reason))
}
