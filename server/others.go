package server

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/place"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
)

// What a bridge has to do with others behind the same name, in whatever way it reaches them.

// Others is what [Config.Others] asks. Both methods are called with a Config.UserKey, by any goroutine, and must not wait: Elsewhere is how many connections
// that user has at other bridges, and Changed is told that UserConnections is another number now.
type Others = limit.Others

// UserConnections is how many connections a user (Config.UserKey) has at this bridge, as long as their number is limited.
func (b *Bridge) UserConnections(user string) int { return b.sessions.UserConnections(user) }

// Depot is where sessions wait that other bridges are to take over.
type Depot = moving.Depot

// LastValues are the last messages that this bridge has heard from an endpoint, of the topics with a prefix, in wire form: the newest ones, of so many bytes together. They are
// for other bridges, which ask by way of Config.Gateway.LastElsewhere. There are none where Gateway.LastValues keeps none, or where nobody has subscribed.
func (b *Bridge) LastValues(endpoint core.Endpoint, prefix string, most int) []core.Body {
	return b.gateways.LastValues(endpoint, prefix, most)
}

// elsewhere is how sockets ask whether another bridge has their name.
func (b *Bridge) elsewhere() (e place.Elsewhere) {
	hold := b.cfg.Hold
	if hold == nil {
		return e
	}
	e.Hold = func(ctx context.Context, p place.Place, lost, wanted func()) (release func(), err error) {
		err = guardHook(func() (err error) {
			release, err = hold(ctx, Holding{Type: p.Type, Endpoint: p.Endpoint, Identity: p.Identity}, lost, wanted)
			return err
		})
		return release, err
	}
	e.Dismiss = func(session string) {
		b.Disconnect(SessionFilter{ID: session}, "its identity has gone to a page at another bridge", true)
	}
	return e
}
