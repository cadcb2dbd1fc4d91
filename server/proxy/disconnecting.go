package proxy

import (
	"maps"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

var errDisconnected = core.NewError(core.Unavailable, "the socket was disconnected from its last endpoint; nothing was sent")

// disconnect takes an endpoint away from the socket, and answers when that is done.
func (k *socket) disconnect(f *core.Frame) error {
	if f.ID == 0 || f.ID > k.opened {
		return core.NewCloseError(core.CloseState, "Disconnect of an endpoint that was never opened")
	}
	i := slices.IndexFunc(k.endpoints, func(up *upstream) bool { return up.number == f.ID })
	if i < 0 {
		return nil // it was disconnected before
	}
	up := k.endpoints[i]
	k.takeEndpoint(up)
	if up.first != nil {
		k.part(up)
	} else {
		k.leave(up)
	}
	k.handle.Send(core.Frame{Kind: core.KindDisconnected, ID: up.number})
	return nil
}

// takeEndpoint forgets an endpoint, and what it costs.
func (k *socket) takeEndpoint(up *upstream) {
	k.handle.Lock()
	defer k.handle.Unlock()
	up.gone = true
	k.reconsider()
	k.endpoints = slices.DeleteFunc(slices.Clone(k.endpoints), func(other *upstream) bool { return other == up })
	k.endpointCost.Add(-up.cost)
	up.cost = 0
	k.prefixes.add(0, 0, len(k.endpoints))
}

// leave gives back what was opened for an endpoint. One that repeats it has its own from now on.
func (k *socket) leave(up *upstream) {
	up.stopWatching()
	if up.shares {
		k.giveShare()
	}
	k.promote(up) // first, so that what waits for this endpoint can go there
	k.proxy.disconnect(up)
	for _, way := range up.ways {
		k.giveShare()
		k.proxy.disconnect(way)
	}
	k.handle.Lock()
	up.handIn()
	k.handle.Unlock()
	k.count()
	if up.access.Bind {
		k.gateways.Vacate(k.typ, up.access.Endpoint)
	}
}

// nowhere is why what the socket sends goes nowhere; nil: there is an endpoint that may take it. The lock is held.
func (k *socket) nowhere() *core.Error {
	if slices.ContainsFunc(k.endpoints, func(up *upstream) bool { return up.refused == nil }) {
		return nil
	}
	return errDisconnected
}

// disconnect is part of proxy. What waits for the port is sent through the others.
func (p *portProxy) disconnect(up *upstream) {
	defer p.claims.Drop(up)
	port, open := p.takeOut(up)
	if !open {
		return
	}
	port.stop()
	port.in.Detach()
	port.close()
	p.live.Drop(p.socket.handle, up.number)
	port.Retire()
	if p.socket.typ.Sends() {
		p.sending.Remove(port.Port)
	}
	port.Release()
}

// takeOut removes the port of an endpoint from those that are open.
func (p *portProxy) takeOut(up *upstream) (port openPort, open bool) {
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	i := slices.IndexFunc(p.open, func(o openPort) bool { return o.up == up })
	if i < 0 {
		return openPort{}, false
	}
	port = p.open[i]
	p.open = slices.Delete(slices.Clone(p.open), i, i+1)
	return port, true
}

// disconnect is part of proxy.
func (p *subProxy) disconnect(up *upstream) {
	i := slices.Index(p.at, up)
	if i < 0 {
		return
	}
	p.inflows[i].Close()
	p.inflows, p.at = slices.Delete(p.inflows, i, i+1), slices.Delete(p.at, i, i+1)
	p.live.Drop(p.socket.handle, up.number)
}

// disconnect is part of proxy. Requests that backends have made there can still be answered.
func (p *repProxy) disconnect(up *upstream) {
	defer p.claims.Drop(up)
	h := p.socket.handle
	h.Lock()
	stop := p.stops[up]
	delete(p.stops, up)
	h.Unlock()
	if stop != nil {
		stop()
	}
	if gw := p.gateways[up]; gw != nil {
		delete(p.gateways, up)
		gw.Release()
	}
}

// disconnect is part of proxy. Requests that were not sent there yet, or may be sent again, go elsewhere.
func (p *reqProxy) disconnect(up *upstream) {
	h := p.socket.handle
	h.Lock()
	i := slices.IndexFunc(p.routes, func(r *route) bool { return r.up == up })
	if i < 0 {
		h.Unlock()
		return
	}
	gone := p.routes[i]
	p.bundling.forget()
	p.routes = slices.Delete(slices.Clone(p.routes), i, i+1)
	moved := p.moveFrom(gone.ReqGateway)
	h.Unlock()
	for _, w := range gone.roll.WithdrawAll() {
		moved[w.Slip.Number] = movedRequest{fresh: p.unfold(w.Slip, w.Unsent), sent: w.Unsent == nil}
	}
	for _, id := range slices.Sorted(maps.Keys(moved)) {
		p.move(moved[id])
	}
	gone.roll.Leave()
	gone.Release()
}

// movedRequest is a request that goes elsewhere, and its call at the gateway that it leaves, whose answer nobody waits for.
type movedRequest struct {
	fresh *pendingRequest
	call  *gateway.Request // nil: it has none any more
	sent  bool             // of one that has no call
}

// moveFrom takes the requests that a gateway has away from it. The lock is held.
func (p *reqProxy) moveFrom(gw *gateway.ReqGateway) map[uint64]movedRequest {
	moved := map[uint64]movedRequest{}
	for entry := range p.pending.All() {
		if entry.gateway != gw || entry.again != nil {
			continue // a request that waits to be sent again finds another gateway by itself
		}
		fresh := entry.afresh()
		moved[entry.id] = movedRequest{fresh: fresh, call: entry.call}
		entry.gone = true
		p.pending.Put(entry.id, fresh)
	}
	return moved
}

// afresh is the request for another call. The lock is held.
func (r *pendingRequest) afresh() *pendingRequest {
	fresh := &pendingRequest{proxy: r.proxy, id: r.id, began: r.began, charged: r.charged, idempotent: r.idempotent,
		message: r.message, deadline: r.deadline, delay: r.delay}
	if len(r.message) == 1 { // it is in r, which ends
		fresh.message = append(fresh.one[:0], r.message...)
	}
	return fresh
}

func (p *reqProxy) move(m movedRequest) {
	unsent := !m.sent
	if m.call != nil {
		m.call.Cancel()
		unsent = m.call.Unsent()
	}
	if unsent || m.fresh.idempotent {
		p.ask(m.fresh)
		return
	}
	p.fail(m.fresh, core.NewError(core.Lost, "the socket was disconnected from the endpoint that the request was sent to"))
}

// fail ends a request, unless it has ended.
func (p *reqProxy) fail(entry *pendingRequest, why *core.Error) {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	if entry.gone {
		return
	}
	p.forget(entry)
	entry.observe(time.Now(), nil, why)
	if p.farewell == nil {
		h.FailLocked(entry.id, why)
	}
}
