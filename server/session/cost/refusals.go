package cost

import "github.com/zmqwebbridge/zmqwebbridge/core"

// refusals bounds the errors that a client is sent and does not read. Each is small, costs the client nothing, and there
// may be millions.
type refusals struct {
	bytes int
	since uint64 // the number of the first of them
}

const (
	maxRefusals  = 4 << 20
	refusalPlace = 16
)

// Refused is told of a frame that is sent to the client, and tells whether it was an error too many.
func (c *Session) Refused(f *core.Frame, engine *core.Session) (excess bool) {
	if f.Kind != core.KindFailed && f.Kind != core.KindRefused && f.Kind != core.KindUnsubscribed {
		return false
	}
	r := &c.refusals
	if engine.Acknowledged() >= r.since || engine.Queued()+engine.Unacknowledged() < refusalPlace {
		r.bytes, r.since = 0, engine.Sent()
	}
	r.bytes += len(f.Text) + refusalPlace
	return r.bytes > maxRefusals
}
