package proxy

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/receiving"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// subProxy is a client's SUB socket: its subscriptions at every endpoint, and what comes from all of them, merged.
type subProxy struct {
	socket  *socket
	inflows []*receiving.Inflow // touched by the reading goroutine, and by release after it
	at      []*upstream         // what they come from, in the same order; likewise
	live    receiving.Liveness
}

func (p *subProxy) connect(up *upstream, ep core.Endpoint) error {
	c := up.inflowConfig()
	c.Substring = msgFilter(up.access.Params)
	d := receiving.NewInflow(c)
	watch, err := d.ReceiveAt(p.socket.gateways, up.access.Bind, ep)
	if err != nil {
		return err
	}
	if err := d.SubscribeAll(); err != nil {
		d.Close()
		return err
	}
	p.inflows, p.at = append(p.inflows, d), append(p.at, up)
	up.whenLive, up.countsAll = d.WhenLive, d.CountsAll
	up.stop = watch(up)
	return nil
}

// inflowConfig is what there is to know of an endpoint from which a socket receives.
func (u *upstream) inflowConfig() receiving.Config {
	return receiving.Config{Handle: u.socket.handle, Number: u.number, Held: u.held, Terms: &u.terms, Tally: &u.tally}
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
	return asError(p.live.Subscribe(p.socket.handle, id, prefix, p.inflows))
}

func (p *subProxy) unsubscribe(id uint64, prefix []byte) {
	p.live.Forget(p.socket.handle, id)
	receiving.Unsubscribe(p.inflows, prefix)
}

// inflow is part of recoverer.
func (p *subProxy) inflow(endpoint uint64) *receiving.Inflow {
	for _, d := range p.inflows {
		if d.Endpoint() == endpoint {
			return d
		}
	}
	return nil
}

func (p *subProxy) release(f session.Farewell) {
	for _, d := range p.inflows {
		d.Close()
	}
	p.socket.giveShares()
	p.socket.passedOn(f)
}
