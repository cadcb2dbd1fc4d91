package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// portProxy is a client's socket of a type that sends or receives messages unasked: PAIR, PUB, DEALER, ROUTER, PULL,
// PUSH, XPUB, XSUB. Several endpoints send in turn, those with room first, and receive merged.
type portProxy struct {
	socket  *socket
	ports   []*gateway.Port // touched by the read goroutine, and by release after it
	intakes []*intake       // likewise
	live    liveness
	sending sending
}

func newPortProxy(k *socket) *portProxy {
	p := &portProxy{socket: k, live: liveness{}}
	p.sending.socket = k
	return p
}

func (p *portProxy) connect(up *upstream, ep core.Endpoint) error {
	k := p.socket
	options := gateway.PortOptions{Identity: []byte(k.identity), Bind: up.access.Bind, Room: p.sending.pass}
	in := &intake{socket: k, drops: k.typ == core.XSUB}
	if k.typ.Receives() {
		options.Receiver = in
	}
	port, err := k.session.bridge.gateways.Port(k.typ, ep, options)
	if err != nil {
		return err
	}
	p.ports = append(p.ports, port)
	p.intakes = append(p.intakes, in)
	in.attach(port)
	for _, prefix := range k.prefixes {
		port.Subscribe(prefix, func() {})
	}
	up.stop = port.Watch(up)
	if k.typ.Sends() {
		p.sending.add(port)
	}
	return nil
}

func (p *portProxy) message(m core.Message) error { return p.sending.take(m) }

func (p *portProxy) subscribe(id uint64, prefix []byte) {
	p.live.await(p.socket, id, len(p.ports))
	for _, port := range p.ports {
		port.Subscribe(prefix, func() { p.live.proven(p.socket, id) })
	}
}

func (p *portProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.forget(p.socket, id)
	for _, port := range p.ports {
		port.Unsubscribe(prefix)
	}
}

func (p *portProxy) release() {
	p.sending.stop()
	for i, port := range p.ports {
		p.intakes[i].detach()
		port.Release()
	}
}
