package gateway

import (
	"bytes"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/port"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// socketGateway is the gateway behind ports.
type socketGateway struct {
	*port.Hub
	release   func()
	allowance func() // gives back what its publishers may be asked for
}

// Port opens a socket of type t at ep, which connects, or listens with Bind.
//
// Connecting, PUSH and PUB share one connection with everybody who sends to the same address; all others have one of
// their own. Listening, it depends on the type what becomes of a second port with the same address:
//
//   - PUSH, PULL, DEALER and PUB are shared: what comes goes to the ports in turn, as they have room, and every port sends
//     to all peers.
//   - SUB and XSUB are shared, too, but every port gets all of what it has subscribed to itself. Publishers are subscribed
//     to what all ports want together.
//   - ROUTER, XPUB and PAIR belong to one port at a time; a second one is refused with Conflict. A ROUTER's page knows its
//     peers by their routing ids, an XPUB's by what they subscribe to, and nobody could make sense of half of it.
//
// A DEALER or ROUTER that connects with an Identity belongs to one port at a time, too: a ROUTER answers only one of two
// peers with the same name. Its connection stays for a few seconds after the last port, and the next one with this name has
// it; see handover in package port.
//
// When the last port that listens is released the socket listens on for Config.IdleClose: a page that comes back finds its
// peers still connected. An XPUB's page is then told of all subscriptions there are.
//
// Other errors are Unsupported for a type that is not offered this way, Invalid for the options or the zero endpoint, Busy
// when Config.MaxGateways are in use, Conflict and Unavailable when the address cannot be listened at or is taken, and
// Closed.
func (f *Factory) Port(t core.SocketType, ep core.Endpoint, o PortOptions) (*Port, error) {
	if err := o.Check(t); err != nil {
		return nil, err
	}
	g, err := f.socket(t, ep, o)
	if err != nil {
		return nil, err
	}
	p, err := g.Attach(o, g.release)
	if err != nil {
		g.release()
	}
	return p, err
}

// socket finds or opens the gateway behind a port.
func (f *Factory) socket(t core.SocketType, ep core.Endpoint, o PortOptions) (*socketGateway, error) {
	key := slotKey{kind: t, endpoint: ep, bind: o.Bind}
	o.Identity = bytes.Clone(o.Identity)
	switch {
	case o.Bind || t == core.PUSH || t == core.PUB:
		o.Identity = nil // one for all would be nobody's
	case o.Named(t):
		key.identity = string(o.Identity)
	default:
		f.mu.Lock()
		f.serial++
		key.serial = f.serial
		f.mu.Unlock()
	}
	return acquire(f, key, func(release func()) (*socketGateway, error) {
		return newSocketGateway(f, t, ep, o, release)
	})
}

func newSocketGateway(f *Factory, t core.SocketType, ep core.Endpoint, o PortOptions, release func()) (*socketGateway, error) {
	g := &socketGateway{release: release, allowance: func() {}}
	var allowance *topic.Allowance
	if t == core.SUB || t == core.XSUB {
		allowance, g.allowance = f.allowances.of(ep, f.config.MaxPrefixBytes)
	}
	c := port.Config{Links: &f.links, Counters: &f.counters.Counters, Drops: &f.counters.drops, Allowance: allowance}
	hub, err := port.Open(c, t, ep, o)
	if err != nil {
		g.allowance()
		return nil, err
	}
	g.Hub = hub
	return g, nil
}

// stop and join are part of gateway.
func (g *socketGateway) stop() { g.Stop() }

func (g *socketGateway) join() {
	g.Join()
	g.allowance()
}

// lingers is part of lingerer.
func (g *socketGateway) lingers() bool { return g.Lingers() }
