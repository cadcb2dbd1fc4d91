package proxy

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/place"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/receiving"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/sending"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// portProxy is a client's socket of a type that sends or receives messages unasked: PAIR, PUB, DEALER, ROUTER, PULL,
// PUSH, XPUB, XSUB. What goes where when there are several endpoints is said in package sending; they receive merged.
type portProxy struct {
	socket  *socket
	live    receiving.Liveness
	sending *sending.Backlog
	spoken  spoken        // of an XSUB
	claims  *place.Claims // of addresses and names that only one page can have

	// Guarded by the session's lock.
	open  []openPort // never modified in place
	moves bool       // its client goes on at another bridge
}

// openPort is one endpoint's way in and out.
type openPort struct {
	*gateway.Port
	up   *upstream
	in   *receiving.Intake
	from *receiving.Inflow // of an XSUB: what it receives
	stop func()            // ends watching it
}

func newPortProxy(k *socket, sent *sending.Held) *portProxy {
	return &portProxy{socket: k, sending: sending.NewBacklog(k.handle, k.typ, sent, k.nowhere), claims: place.NewClaims(k.places, k.handle)}
}

// connect opens the endpoint. Where pages listen with a type that cannot be shared, or bear a name, another page may have it.
func (p *portProxy) connect(up *upstream, ep core.Endpoint) error {
	open := func() error {
		port, err := p.openPort(up, ep)
		if err != nil {
			return err
		}
		return p.add(up, port)
	}
	if wanted, exclusive := up.place(); exclusive {
		return p.claims.Make(up, wanted, up.unique(), open)
	}
	return open()
}

func (p *portProxy) openPort(up *upstream, ep core.Endpoint) (openPort, error) {
	k := p.socket
	options := gateway.PortOptions{Identity: []byte(k.identity), Bind: up.access.Bind, Room: p.sending.Pass, Returned: p.sending.TakeBack, Taken: up.meter.FromClient}
	o := openPort{up: up, in: receiving.NewIntake(k.handle, &up.tally)}
	switch {
	case k.typ == core.XSUB: // which drops, as a SUB does
		o.from = receiving.NewInflow(up.inflowConfig())
		options.Receiver = o.from
	case k.typ.Receives():
		options.Receiver = o.in
	}
	var err error
	if o.Port, err = k.gateways.Port(k.typ, ep, options); err != nil || o.from == nil {
		return o, err
	}
	if err = o.from.ReceiveFrom(k.gateways, o.Port, up.access.Bind, ep); err != nil {
		o.Port.Release()
	}
	return o, err
}

// add takes an open port in, or closes it again when the socket is closed meanwhile.
func (p *portProxy) add(up *upstream, port openPort) error {
	k := p.socket
	if k.typ == core.XSUB { // in the read goroutine: such a port was not claimed
		if err := port.from.SubscribeAll(); err != nil {
			port.close()
			port.Release()
			return err
		}
	}
	up.whenLive = port.WhenLive
	if port.from != nil {
		up.countsAll = port.from.CountsAll
		up.whenLive = port.from.WhenLive // which may be another than the port, where a history is kept
	}
	port.stop = port.Watch(up)
	if !p.keep(port) {
		port.stop()
		port.close()
		port.Release()
		return nil
	}
	port.in.Attach(port.Port)
	if k.typ.Sends() {
		p.sendThrough(port)
	}
	return nil
}

// sendThrough has what is sent go to a port, too, unless its endpoint was disconnected meanwhile.
func (p *portProxy) sendThrough(port openPort) {
	h, paces := p.socket.handle, p.socket.paces()
	h.Lock()
	p.sending.PaceLocked(paces)
	p.socket.countLocked(p.sending)
	gone := port.up.gone
	if !gone {
		p.sending.AddLocked(port.Port)
	}
	h.Unlock()
	if !gone {
		p.sending.Pass()
	}
}

// pace is told that the terms of an endpoint have changed.
func (p *portProxy) pace() {
	paces := p.socket.paces()
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	p.sending.PaceLocked(paces)
}

// keep notes an open port, and tells whether the socket is still open.
func (p *portProxy) keep(port openPort) bool {
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	wanted := !p.claims.Ended() && !port.up.gone
	if wanted {
		p.open = append(slices.Clip(p.open), port)
	}
	return wanted
}

func (p *portProxy) message(m core.Message) error {
	if p.socket.typ == core.XSUB {
		return p.speak(m)
	}
	return p.sending.Take(m)
}

// refuse tells the client that a message is not passed on.
func (p *portProxy) refuse(m core.Message, why *core.Error) error {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	if err := p.sending.SpendLocked(m); err != nil {
		return err
	}
	p.sending.RefuseLocked(m, why)
	return nil
}

func (p *portProxy) subscribe(id uint64, prefix []byte) *core.Error {
	return asError(p.live.Subscribe(p.socket.handle, id, prefix, p.inflows()))
}

func (p *portProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.Forget(p.socket.handle, id)
	receiving.Unsubscribe(p.inflows(), prefix)
}

// close gives back what an XSUB receives from, if that is not the port.
func (o openPort) close() {
	if o.from != nil {
		o.from.Close()
	}
}

// inflow is part of recoverer.
func (p *portProxy) inflow(endpoint uint64) *receiving.Inflow {
	for _, port := range p.ports() {
		if port.from != nil && port.from.Endpoint() == endpoint {
			return port.from
		}
	}
	return nil
}

func (p *portProxy) ports() []openPort {
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	return p.open
}

func (p *portProxy) away() { p.claims.Away() }

func (p *portProxy) release(f session.Farewell) {
	p.claims.End()
	open, moves := p.ports(), p.isMoving()
	for _, port := range open {
		port.stop()
		port.in.Detach()
		port.close()
		port.Retire() // who comes next has what is received, while what was sent here still leaves
	}
	p.claims.Release()
	p.sending.Stop(f, func() {
		for _, port := range open {
			port.Release()
			if moves {
				p.socket.vacate(port.up)
			}
		}
		p.socket.giveShares()
	})
}

func (p *portProxy) isMoving() bool {
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	return p.moves
}
