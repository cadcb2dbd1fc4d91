package server

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/place"
)

// elsewhere is how sockets ask whether another bridge has their name.
func (b *Bridge) elsewhere() (e place.Elsewhere) {
	hold := b.cfg.Hold
	if hold == nil {
		return e
	}
	e.Hold = func(ctx context.Context, p place.Place, lost func()) (release func(), err error) {
		err = guardHook(func() (err error) {
			release, err = hold(ctx, Holding{Type: p.Type, Endpoint: p.Endpoint, Identity: p.Identity}, lost)
			return err
		})
		return release, err
	}
	e.Dismiss = func(session string) {
		b.Disconnect(SessionFilter{ID: session}, "its identity has gone to a page at another bridge", true)
	}
	return e
}
