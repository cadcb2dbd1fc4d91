package port

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// pattern is what a socket type does with connections and messages. But for serve its methods wait for nobody.
type pattern interface {
	serve(ctx context.Context, p *zmtp.Conn) error // runs a connection until it ends; calls p.Run
	send(from *Port, x parcel) error               // takes x, or returns why not; the pattern calls x.left for what it took
	ready() bool                                   // a message that is sent now leaves at once
	idle() bool                                    // nothing is queued
	close()                                        // drops what is queued; the last call, when all connections have ended

	join(*Port) error // an error refuses the port
	retire(*Port)     // it receives nothing any more, and its place is another one's; it may still send
	leave(*Port)      // after that
	resume(*Port)
}

func newPattern(c Config, t core.SocketType, o Options) pattern {
	connections := &c.Links.Config
	switch t {
	case core.ROUTER:
		return newRouter(connections, c.Drops, o.Named(t))
	case core.PUB, core.XPUB:
		return newPublisher(connections, c.Drops, t)
	case core.SUB, core.XSUB:
		return newSubscriber(connections, c.Drops, c.Allowance, t, o.Bind)
	}
	return newBalancer(connections, c.Drops, t, o.Named(t))
}
