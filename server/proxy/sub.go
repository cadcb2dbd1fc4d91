package proxy

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// subProxy is a client's SUB socket: its subscriptions at every endpoint, and what comes from all of them, merged.
type subProxy struct {
	socket  *socket
	inflows []*inflow // touched by the reading goroutine, and by release after it
	live    liveness
}

func (p *subProxy) connect(up *upstream, ep core.Endpoint) error {
	d := newInflow(up)
	d.substring = msgFilter(up.access.Params)
	watch, err := d.open(up.access.Bind, ep)
	if err != nil {
		return err
	}
	if e := d.subscribeAll(); e != nil {
		d.close()
		return e
	}
	p.inflows = append(p.inflows, d)
	up.whenLive = d.source.WhenLive
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

func (p *subProxy) subscribe(id uint64, prefix []byte) *core.Error {
	return p.live.subscribe(p.socket, id, prefix, p.inflows)
}

func (p *subProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.forget(p.socket, id)
	unsubscribeAt(p.inflows, prefix)
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
	p.socket.giveShares()
	p.socket.passedOn(f)
}
