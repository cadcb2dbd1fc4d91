package proxy

import (
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// metered is where an endpoint of a socket is counted, together with that of all others.
type metered struct {
	meter *meter.Meter // nil: what the client asked for was no endpoint
	tally meter.Tally  // for the meter; the session's lock guards it
}

// measure begins to count.
func (u *upstream) measure(ep core.Endpoint, known bool) {
	m := u.socket.meters.Of(ep, known)
	u.socket.handle.Lock()
	defer u.socket.handle.Unlock()
	u.metered = metered{m, meter.NewTally(m)}
}

// note counts a refusal.
func (m *metered) note(a access.Access, e *core.Error) {
	if m.meter != nil {
		m.meter.Refusals.Add(a.String(), e)
	}
}

// HandIn is part of session.Socket.
func (k *socket) HandIn() {
	for _, up := range k.endpoints {
		up.handIn()
	}
}

// handIn hands in what was counted of the endpoint and of its ways. The lock is held.
func (u *upstream) handIn() {
	u.tally.HandIn()
	for _, way := range u.ways {
		way.tally.HandIn()
	}
}

// Upstreams is part of session.Socket.
func (k *socket) Upstreams() iter.Seq[session.Upstream] {
	return func(yield func(session.Upstream) bool) {
		for _, up := range k.endpoints {
			if !yield(session.Upstream{Endpoint: up.access.Endpoint, Bind: up.access.Bind, Up: up.aliveLocked(), Refused: up.refused, Down: up.down}) {
				return
			}
		}
	}
}
