package server

import (
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// portProxy is a client's socket of a type that sends or receives messages unasked: PAIR, PUB, DEALER, ROUTER, PULL,
// PUSH, XPUB, XSUB. Several endpoints send in turn, those with room first, and receive merged.
type portProxy struct {
	socket  *socket
	live    liveness
	sending sending

	// Guarded by the session's lock.
	open     []openPort                // only ever appended to
	claims   map[*upstream]*time.Timer // endpoints that wait for the page that has them
	released bool
}

// openPort is one endpoint's way in and out.
type openPort struct {
	*gateway.Port
	in   *intake
	from *feed  // of an XSUB: what it receives
	stop func() // ends watching it
}

func newPortProxy(k *socket) *portProxy {
	p := &portProxy{socket: k, live: liveness{}, claims: map[*upstream]*time.Timer{}}
	p.sending.socket = k
	return p
}

func (p *portProxy) connect(up *upstream, ep core.Endpoint) error {
	// The page that has the address may be this client's own, on a connection whose death the bridge has yet to notice.
	// That takes two heartbeats at most.
	return p.claim(up, ep, time.Now().Add(2*p.socket.session.bridge.cfg.Heartbeat+claimRetry))
}

// claim opens the endpoint. While another page has it it says so and tries again, until the deadline. That happens where
// pages listen with a type that cannot be shared.
func (p *portProxy) claim(up *upstream, ep core.Endpoint, deadline time.Time) error {
	port, err := p.openPort(up, ep)
	if err == nil {
		p.add(up, port)
		return nil
	}
	if !errors.Is(err, gateway.ErrTaken) || !time.Now().Before(deadline) {
		return err
	}
	p.socket.session.bridge.retention.takeOver(up)
	if p.later(up, func() error { return p.claim(up, ep, deadline) }) {
		up.Down(err)
	}
	return nil
}

// later claims an endpoint again in a while, and tells whether the socket is still open.
func (p *portProxy) later(up *upstream, claim func() error) bool {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.released {
		return false
	}
	p.claims[up] = time.AfterFunc(claimRetry, func() {
		if err := claim(); err != nil {
			p.socket.refuse(up, asError(err))
		}
	})
	return true
}

func (p *portProxy) openPort(up *upstream, ep core.Endpoint) (openPort, error) {
	k := p.socket
	options := gateway.PortOptions{Identity: []byte(k.identity), Bind: up.access.Bind, Room: p.sending.pass}
	o := openPort{in: &intake{socket: k}}
	switch {
	case k.typ == core.XSUB: // which drops, as a SUB does
		o.from = &feed{socket: k, standing: newStanding(up)}
		options.Receiver = o.from
	case k.typ.Receives():
		options.Receiver = o.in
	}
	var err error
	if o.Port, err = k.session.bridge.gateways.Port(k.typ, ep, options); err != nil || o.from == nil {
		return o, err
	}
	if err = o.from.receiveFrom(o.Port, up.access); err != nil {
		o.Port.Release()
	}
	return o, err
}

// add takes an open port in, or closes it again when the socket is closed meanwhile.
func (p *portProxy) add(up *upstream, port openPort) {
	k := p.socket
	if k.typ == core.XSUB { // in the read goroutine: such a port was not claimed
		for _, prefix := range k.prefixes {
			port.from.source.Subscribe(prefix, port.from.proven)
		}
	}
	port.stop = port.Watch(up)
	if !p.keep(up, port) {
		port.stop()
		port.close()
		port.Release()
		return
	}
	port.in.attach(port.Port)
	if k.typ.Sends() {
		p.sending.add(port.Port)
	}
}

func (p *portProxy) keep(up *upstream, port openPort) bool {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(p.claims, up)
	if !p.released {
		p.open = append(p.open, port)
	}
	return !p.released
}

func (p *portProxy) message(m core.Message) error { return p.sending.take(m) }

func (p *portProxy) subscribe(id uint64, prefix []byte) {
	ports := p.ports()
	p.live.await(p.socket, id, len(ports))
	for _, port := range ports {
		port.from.source.Subscribe(prefix, func() {
			port.from.proven()
			p.live.proven(p.socket, id)
		})
	}
}

func (p *portProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.forget(p.socket, id)
	for _, port := range p.ports() {
		port.from.source.Unsubscribe(prefix)
	}
}

// close gives back what an XSUB receives from, if that is not the port.
func (o openPort) close() {
	if o.from != nil {
		o.from.close()
	}
}

// feed is part of recoverer.
func (p *portProxy) feed(endpoint uint64) *feed {
	for _, port := range p.ports() {
		if port.from != nil && port.from.number == endpoint {
			return port.from
		}
	}
	return nil
}

func (p *portProxy) ports() []openPort {
	p.socket.session.mu.Lock()
	defer p.socket.session.mu.Unlock()
	return p.open
}

func (p *portProxy) release() {
	s := p.socket.session
	s.mu.Lock()
	p.released = true
	open, claims := p.open, p.claims
	p.claims = nil
	s.mu.Unlock()
	for _, timer := range claims {
		timer.Stop()
	}
	for _, port := range open {
		port.stop()
		port.in.detach()
		port.close()
	}
	p.sending.stop(s.bridge.cfg.Linger, func() {
		for _, port := range open {
			port.Release()
		}
	})
}
