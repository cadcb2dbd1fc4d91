package proxy

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
)

// A name may stand for several addresses. Then its endpoint has as many ways, each with a gateway of its own, as if the client
// had named each address; but to the client they are one endpoint, which is down when all of them are. A SUB has one way, whose
// gateway receives from all of them.

// named is what stands behind an endpoint, if that is a name. An address is always known.
func (k *socket) named(ep core.Endpoint) (n access.Named, known bool) {
	if ep.Name == "" {
		return access.Named{}, true
	}
	return k.rules.Named(ep.Name)
}

// bindsAt tells whether the bridge listens at what a name stands for. The page does not choose: it could take the place of a
// backend that is away.
func (k *socket) bindsAt(n access.Named) bool { return n.Bind || k.typ == core.REP }

// waysTo is how many ways lead to what a name stands for.
func (u *upstream) waysTo(n access.Named) int {
	if u.socket.typ == core.SUB && !u.access.Bind {
		return 1
	}
	return max(1, n.Addresses)
}

// branch makes so many ways to an endpoint.
func (u *upstream) branch(count int) {
	var ways []*upstream
	for i := 1; i < count; i++ {
		way := &upstream{socket: u.socket, number: u.number, access: u.access, metered: metered{u.meter, meter.NewTally(u.meter)}, lead: u, said: sayNothing}
		way.access.Endpoint.Nth = i
		ways = append(ways, way)
	}
	u.socket.handle.Lock()
	defer u.socket.handle.Unlock()
	u.ways = ways
}

// attachAll takes a gateway for every way of the endpoint, or for none.
func (u *upstream) attachAll() *core.Error {
	e := u.attach()
	if e != nil {
		return e
	}
	for _, way := range u.ways {
		way.held = u.held
		if e = way.attach(); e != nil {
			u.detachAll()
			return e
		}
	}
	return nil
}

// detachAll gives back what attachAll took.
func (u *upstream) detachAll() {
	k := u.socket
	u.stopWatching()
	u.stop = nil
	for _, way := range append(slices.Clip(u.ways), u) {
		if way.shares {
			way.shares = false
			k.giveShare()
			k.proxy.disconnect(way)
		}
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	u.handIn()
}

// leader is the endpoint that this is a way of: itself, if there is one way only.
func (u *upstream) leader() *upstream {
	if u.lead != nil {
		return u.lead
	}
	return u
}

// aliveLocked tells whether some way of the endpoint leads to a backend that is there. The lock is held.
func (u *upstream) aliveLocked() bool {
	if u.alive {
		return true
	}
	for _, way := range u.ways {
		if way.alive {
			return true
		}
	}
	return false
}
