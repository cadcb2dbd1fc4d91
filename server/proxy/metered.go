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
	if l := k.load(); l != nil {
		l.SettleLocked()
	}
}

// load is what waits for backends; its methods are called with the lock held.
type load interface {
	CountAtLocked(m *meter.Meter, most int64)
	SettleLocked()
}

// load is that of the socket; nil: its type sends nothing.
func (k *socket) load() load {
	switch p := k.proxy.(type) {
	case *portProxy:
		return p.sending
	case *reqProxy:
		return p
	case *repProxy:
		return p.answers
	}
	return nil
}

// countLocked has what waits count at the first endpoint that the socket has. The lock is held.
func (k *socket) countLocked(l load) {
	for _, up := range k.endpoints {
		if up.refused == nil && !up.gone && up.meter != nil {
			l.CountAtLocked(up.meter, up.terms.Memory)
			return
		}
	}
}

// count is countLocked for who does not hold the lock.
func (k *socket) count() {
	if l := k.load(); l != nil {
		k.handle.Lock()
		defer k.handle.Unlock()
		k.countLocked(l)
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
