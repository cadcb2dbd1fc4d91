package proxy

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// subProxy is a client's SUB socket: its subscriptions at every endpoint, and what comes from all of them, merged.
type subProxy struct {
	socket  *Socket
	inflows []*inflow // touched by the reading goroutine, and by release after it
	live    liveness
}

func (p *subProxy) connect(up *upstream, ep core.Endpoint) error {
	k := p.socket
	d := newInflow(up)
	d.substring = msgFilter(up.access.Params)
	watch, err := d.open(up.access.Bind, ep)
	if err != nil {
		return err
	}
	p.inflows = append(p.inflows, d)
	for _, prefix := range k.handle.Queue().Subscriptions() {
		d.source.Subscribe(prefix, d.proven)
	}
	up.stop = watch(up)
	return nil
}

// msgFilter is the parameter of 2012: a text that a message must contain somewhere, not a prefix.
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
	var numbers []uint64
	for _, d := range p.inflows {
		numbers = append(numbers, d.number)
	}
	p.live.await(p.socket, id, numbers)
	for _, d := range p.inflows {
		d.source.Subscribe(prefix, func() {
			d.proven()
			p.live.proven(p.socket, id, d.number)
		})
	}
}

func (p *subProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.forget(p.socket, id)
	for _, d := range p.inflows {
		d.source.Unsubscribe(prefix)
	}
}

// inflow is part of recoverer.
func (p *subProxy) inflow(endpoint uint64) *inflow {
	for _, d := range p.inflows {
		if d.number == endpoint {
			return d
		}
	}
	return nil
}

func (p *subProxy) release(f session.Farewell) {
	for _, d := range p.inflows {
		d.close()
	}
	p.socket.passedOn(f)
}
