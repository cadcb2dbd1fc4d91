package server

import (
	"bytes"
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// subProxy is a client's SUB socket: its subscriptions at every endpoint, merged.
type subProxy struct {
	socket *socket
	feeds  []*feed // touched by the read goroutine, and by release after it
	live   liveness
}

// feed is the messages of one endpoint. It implements gateway.Subscriber where the bridge connects to a publisher, and
// gateway.Receiver where publishers connect to the bridge.
type feed struct {
	socket    *socket
	source    source
	release   func()
	substring []byte // msgfilter of 2012: what a message must contain

	standing
}

// source is a gateway.Subscription or a gateway.Port.
type source interface {
	Subscribe(prefix []byte, live func())
	Unsubscribe(prefix []byte)
}

func (p *subProxy) connect(up *upstream, ep core.Endpoint) error {
	k := p.socket
	d := &feed{socket: k, substring: msgFilter(up.access.Params), standing: newStanding(up)}
	watch, err := d.open(up.access.Bind, ep)
	if err != nil {
		return err
	}
	p.feeds = append(p.feeds, d)
	for _, prefix := range k.prefixes {
		d.source.Subscribe(prefix, d.proven)
	}
	up.stop = watch(up)
	return nil
}

func (d *feed) open(bind bool, ep core.Endpoint) (watch func(gateway.Watcher) (stop func()), err error) {
	gateways := d.socket.session.bridge.gateways
	if bind {
		port, err := gateways.Port(core.SUB, ep, gateway.PortOptions{Bind: true, Receiver: d})
		if err != nil {
			return nil, err
		}
		d.source, d.release = port, port.Release
		return port.Watch, nil
	}
	gw, err := d.attach(ep)
	if err != nil {
		return nil, err
	}
	return gw.Watch, nil
}

// attach subscribes where the bridge connects.
func (d *feed) attach(ep core.Endpoint) (*gateway.SubGateway, error) {
	gw, err := d.socket.session.bridge.gateways.Sub(ep)
	if err != nil {
		return nil, err
	}
	subscription := gw.Attach(d)
	d.source = subscription
	d.release = func() {
		subscription.Close()
		gw.Release()
	}
	if gw.KeepsHistory() {
		d.remember(subscription)
	}
	return gw, nil
}

// msgFilter is the parameter of 2012: a substring, not a prefix.
func msgFilter(params []byte) []byte {
	var p struct {
		MsgFilter string `json:"msgfilter"`
	}
	if json.Unmarshal(params, &p) != nil || p.MsgFilter == "" {
		return nil
	}
	return []byte(p.MsgFilter)
}

func (p *subProxy) subscribe(id uint64, prefix []byte) {
	p.live.await(p.socket, id, len(p.feeds))
	for _, d := range p.feeds {
		d.source.Subscribe(prefix, func() {
			d.proven()
			p.live.proven(p.socket, id)
		})
	}
}

func (p *subProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.forget(p.socket, id)
	for _, d := range p.feeds {
		d.source.Unsubscribe(prefix)
	}
}

// Deliver implements gateway.Subscriber.
func (d *feed) Deliver(m core.Message, body core.Body) {
	if d.wants(m) && d.delivers() {
		d.socket.session.deliver(d.socket, &outgoing{body: body, size: m.Size()})
	}
}

// Receive implements gateway.Receiver.
func (d *feed) Receive(m core.Message) bool {
	d.Deliver(m, core.EncodeBody(m))
	return true
}

func (d *feed) wants(m core.Message) bool { return d.substring == nil || contains(m, d.substring) }

func contains(m core.Message, substring []byte) bool {
	for _, part := range m {
		if bytes.Contains(part, substring) {
			return true
		}
	}
	return false
}

func (p *subProxy) release() {
	for _, d := range p.feeds {
		d.close()
	}
}

// feed is part of recoverer.
func (p *subProxy) feed(endpoint uint64) *feed {
	for _, d := range p.feeds {
		if d.number == endpoint {
			return d
		}
	}
	return nil
}
