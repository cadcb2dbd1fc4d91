package proxy

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// portProxy is a client's socket of a type that sends or receives messages unasked: PAIR, PUB, DEALER, ROUTER, PULL,
// PUSH, XPUB, XSUB. Several endpoints send in turn, those with room first, and receive merged.
type portProxy struct {
	socket  *Socket
	live    liveness
	sending sending
	claims  claims     // endpoints that wait for the page that has them
	open    []openPort // never modified in place; guarded by the session's lock
}

// openPort is one endpoint's way in and out.
type openPort struct {
	*gateway.Port
	up   *upstream
	in   *intake
	from *inflow // of an XSUB: what it receives
	stop func()  // ends watching it
}

func newPortProxy(k *Socket) *portProxy {
	return &portProxy{socket: k, live: liveness{}, sending: sending{socket: k}, claims: claims{socket: k, timers: map[*upstream]*time.Timer{}}}
}

// connect opens the endpoint. Where pages listen with a type that cannot be shared, another page may have it.
func (p *portProxy) connect(up *upstream, ep core.Endpoint) error {
	return p.claims.make(up, isTaken, func() error {
		port, err := p.openPort(up, ep)
		if err == nil {
			p.add(up, port)
		}
		return err
	})
}

func isTaken(err error) bool { return errors.Is(err, gateway.ErrTaken) }

func (p *portProxy) openPort(up *upstream, ep core.Endpoint) (openPort, error) {
	k := p.socket
	options := gateway.PortOptions{Identity: []byte(k.identity), Bind: up.access.Bind, Room: p.sending.pass}
	o := openPort{up: up, in: &intake{Handle: k.handle}}
	switch {
	case k.typ == core.XSUB: // which drops, as a SUB does
		o.from = newInflow(up)
		options.Receiver = o.from
	case k.typ.Receives():
		options.Receiver = o.in
	}
	var err error
	if o.Port, err = k.gateways.Port(k.typ, ep, options); err != nil || o.from == nil {
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
		for _, prefix := range k.handle.Queue().Subscriptions() {
			port.from.source.Subscribe(prefix, port.from.proven)
		}
	}
	port.stop = port.Watch(up)
	if !p.keep(port) {
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

// keep notes an open port, and tells whether the socket is still open.
func (p *portProxy) keep(port openPort) bool {
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	wanted := !p.claims.released && !port.up.gone
	if wanted {
		p.open = append(slices.Clip(p.open), port)
	}
	return wanted
}

func (p *portProxy) message(m core.Message) error { return p.sending.take(m) }

func (p *portProxy) subscribe(id uint64, prefix []byte) {
	ports := p.ports()
	var numbers []uint64
	for _, port := range ports {
		numbers = append(numbers, port.up.number)
	}
	p.live.await(p.socket, id, numbers)
	for _, port := range ports {
		port.from.source.Subscribe(prefix, func() {
			port.from.proven()
			p.live.proven(p.socket, id, port.up.number)
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

// inflow is part of recoverer.
func (p *portProxy) inflow(endpoint uint64) *inflow {
	for _, port := range p.ports() {
		if port.from != nil && port.from.number == endpoint {
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

func (p *portProxy) release(f session.Farewell) {
	p.claims.release()
	open := p.ports()
	for _, port := range open {
		port.stop()
		port.in.detach()
		port.close()
	}
	p.sending.stop(f, func() {
		for _, port := range open {
			port.Release()
		}
	})
}
