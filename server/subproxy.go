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

	live map[uint64]int // endpoints a subscription still waits for; guarded by the session's lock
}

// feed is the subscription at one endpoint. It implements gateway.Subscriber.
type feed struct {
	proxy        *subProxy
	gateway      *gateway.SubGateway
	subscription *gateway.Subscription
	substring    []byte // msgfilter of 2012: what a message must contain
}

func (p *subProxy) connect(up *upstream, ep core.Endpoint) error {
	if up.access.Bind {
		return core.NewError(core.Unsupported, "a SUB socket does not bind here")
	}
	for _, prefix := range p.socket.prefixes {
		a := up.access
		a.Subscribe, a.Prefix = true, prefix
		if e := p.socket.session.ask(a); e != nil {
			return e
		}
	}
	gw, err := p.socket.session.bridge.gateways.Sub(ep)
	if err != nil {
		return err
	}
	d := &feed{proxy: p, gateway: gw, substring: msgFilter(up.access.Params)}
	d.subscription = gw.Attach(d)
	p.feeds = append(p.feeds, d)
	for _, prefix := range p.socket.prefixes {
		d.subscription.Subscribe(prefix, func() {})
	}
	up.stop = gw.Watch(up)
	return nil
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
	s := p.socket.session
	s.mu.Lock()
	p.live[id] = len(p.feeds)
	s.mu.Unlock()
	for _, d := range p.feeds {
		d.subscription.Subscribe(prefix, func() { p.proven(id) })
	}
}

// proven counts the endpoints at which a subscription is live; the last one answers the client.
func (p *subProxy) proven(id uint64) {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting, known := p.live[id]
	if !known {
		return
	}
	if waiting > 1 {
		p.live[id] = waiting - 1
		return
	}
	delete(p.live, id)
	s.sendLocked(&core.Frame{Kind: core.KindSubscribed, Socket: p.socket.id, ID: id})
}

func (p *subProxy) unsubscribe(id uint64, prefix []byte) {
	s := p.socket.session
	s.mu.Lock()
	delete(p.live, id)
	s.mu.Unlock()
	for _, d := range p.feeds {
		d.subscription.Unsubscribe(prefix)
	}
}

// Deliver implements gateway.Subscriber.
func (d *feed) Deliver(m core.Message, body core.Body) {
	if d.substring != nil && !contains(m, d.substring) {
		return
	}
	d.proxy.socket.session.deliver(d.proxy.socket, body, m.Size())
}

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
		d.subscription.Close()
		d.gateway.Release()
	}
}
