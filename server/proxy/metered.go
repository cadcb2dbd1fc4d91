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
	meter   *meter.Meter   // nil: what the client asked for was no endpoint
	traffic *meter.Traffic // of the meter
}

func (p *Proxies) meter(ep core.Endpoint, known bool) metered {
	m := p.meters.Of(ep, known)
	return metered{m, m.Traffic()}
}

// note counts a refusal.
func (m metered) note(a access.Access, e *core.Error) {
	if m.meter != nil {
		m.meter.Refusals.Add(a.String(), e)
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
