package sending

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// spread gives a message to the ports that it is for, as its type of socket does in ZeroMQ: to all of them, to the one whose
// peer it names, or to one of them in turn, first the one at index first. It returns the index of the port that has it. Busy
// says that it has to wait; a port that may take it then calls again. crowded says that much waits already.
func (b *Backlog) spread(m core.Message, ports []*gateway.Port, first int, crowded bool) (used int, err error) {
	size, held := m.Size(), sendCost(m)
	if b.publishes() {
		return first, toAll(m, ports, crowded, func() { b.let(held) })
	}
	left := func() { b.left(m, size, held) }
	if b.typ == core.ROUTER {
		return first, toNamed(m, ports, left)
	}
	used, err = inTurn(m, ports, first, left)
	if core.CodeOf(err) != core.Busy {
		return used, err
	}
	for _, port := range ports {
		port.Await()
	}
	return inTurn(m, ports, first, left) // what has changed before that was not told
}

var errNoRoom = core.NewError(core.Busy, "no endpoint has room")

// publishes tells whether what is sent is for all who want it. These types never say Busy, and nobody waits for a peer that
// is slow: it misses what there is no room for. So the client's credit comes back at once; but what slow peers have yet to
// take is held for the client until they have.
func (b *Backlog) publishes() bool {
	return b.typ == core.PUB || b.typ == core.XPUB || b.typ == core.XSUB
}

// toAll sends to every port. left is called once, when the last peer is done with it.
func toAll(m core.Message, ports []*gateway.Port, crowded bool, left func()) (err error) {
	send := (*gateway.Port).Send
	if crowded {
		send = (*gateway.Port).SendSparing
	}
	if len(ports) == 1 {
		return send(ports[0], m, left)
	}
	var missing atomic.Int64
	missing.Store(1) // until all have been given it
	done := func() {
		if missing.Add(-1) == 0 {
			left()
		}
	}
	taken := false
	for _, port := range ports {
		missing.Add(1)
		if failed := send(port, m, done); failed != nil {
			missing.Add(-1)
			err = failed
			continue
		}
		taken = true
	}
	if taken {
		done()
		return nil
	}
	return err
}

// toNamed sends to the port at which the peer is that the first part names. A message to nobody is dropped and counted by
// any of them.
func toNamed(m core.Message, ports []*gateway.Port, left func()) error {
	for _, port := range ports {
		if port.Reaches(m[0]) {
			return port.Send(m, left)
		}
	}
	return ports[0].Send(m, left)
}

// inTurn sends to one port. One whose peer does not answer heartbeats gets nothing while another is there that does, even if
// that has no room at the moment; and one without a peer gets nothing.
func inTurn(m core.Message, ports []*gateway.Port, first int, left func()) (used int, err error) {
	answering := false
	for _, reach := range []gateway.Reach{gateway.ReachReady, gateway.ReachFull, gateway.ReachSilent} {
		if answering && reach == gateway.ReachSilent {
			break
		}
		for n := range ports {
			used = (first + n) % len(ports)
			if ports[used].Reach() != reach {
				continue
			}
			answering = answering || reach != gateway.ReachSilent
			if err = ports[used].Send(m, left); core.CodeOf(err) != core.Busy {
				return used, err
			}
		}
	}
	return used, errNoRoom
}
