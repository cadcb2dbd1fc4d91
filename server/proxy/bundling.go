package proxy

import (
	"math"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/sending"
)

// bundling is how most requests are gathered: a socket with one endpoint, whose backend is there and about whose requests nobody has to be
// asked, encodes those that come together into a bundle, and remembers no more of each than a slip, which the gateway has. What
// is to be sent again, is large, or does not fit goes the long way, as a pendingRequest; so does a request that was not sent and whose
// connection is gone.
//
// The session's lock guards it.
type bundling struct {
	visit  bool            // requests are being gathered: what follows is of the present visit, between two calls of Settle
	known  bool            // what is below is, until forget is called because something has changed
	within uint32          // milliseconds that the last request may take
	to     *route          // where they go
	bundle *gateway.Bundle // what there is until now; nil: nothing
	room   int             // bytes that may still be put on the account
	cost   int             // what has yet to be put there
	began  time.Duration   // since epoch

	only   *route // the endpoint; nil: there is to be no bundle
	millis uint64 // of the last request, for which it says how long it may take
	most   int    // payload bytes of a message
}

// forget is told that something has changed.
func (b *bundling) forget() { b.known, b.only, b.within = false, nil, 0 }

// slipPlace is what a request in a bundle costs besides its parts, here and in the gateway.
const slipPlace = 256

// bundle takes a request, if it can be in a bundle. The lock is held.
func (p *reqProxy) bundle(r *core.Request, now time.Time) (taken bool) {
	b := &p.bundling
	if !b.known {
		p.learn()
	}
	if b.only == nil || r.ID <= p.highest || r.Flags != 0 || len(r.Body) == 0 || r.Body[0] >= 0x80 {
		return false
	}
	if !b.visit {
		b.begin(p, now)
	}
	usage, cost := p.handle.Usage(), slipPlace+len(r.Body)+int(r.Body[0])*sending.PartPlace
	if usage.Pending >= p.socket.cfg.MaxPending || b.cost+cost > b.room {
		return false
	}
	if b.bundle == nil {
		b.bundle = gateway.NewBundle(now)
	}
	if r.Millis != b.millis || b.within == 0 {
		b.millis, b.within = r.Millis, within(p.timeout(r.Millis))
	}
	size, ok := b.bundle.Add(gateway.Slip{Number: r.ID, Began: b.began, Within: b.within, Cost: uint32(cost)}, r.Body, b.most)
	if !ok {
		return false
	}
	b.cost += cost
	p.highest = r.ID
	p.slips++
	usage.Pending++
	b.to.up.tally.FromClient(size)
	if b.bundle.Full() {
		b.finish(p)
	}
	return true
}

// within is how long a request may take, in milliseconds as a Slip has them: no less, and 49 days at most.
func within(timeout time.Duration) uint32 {
	return uint32(min((timeout+time.Millisecond-1)/time.Millisecond, math.MaxUint32))
}

// learn looks what is possible until something changes.
func (p *reqProxy) learn() {
	b, k := &p.bundling, p.socket
	b.known = true
	if len(p.routes) == 1 && p.farewell == nil && !p.held.Load.Limited() && k.refusalLocked() == nil && !k.judgesMessages() {
		b.only, b.most = p.routes[0], p.handle.MaxMessage()
	}
}

// begin begins a visit. There is no room in it while the backend is away.
func (b *bundling) begin(p *reqProxy, now time.Time) {
	b.visit, b.to, b.room, b.cost, b.began = true, b.only, 0, 0, now.Sub(epoch)
	if b.to.Pipelines() {
		b.room = p.handle.Room()
	}
}

// finish ends the bundle that was begun, if one was, because something else follows.
func (b *bundling) finish(p *reqProxy) {
	if b.bundle == nil {
		return
	}
	if b.bundle.Len() > 0 {
		p.gathered = append(p.gathered, gathered{bundle: b.bundle, route: b.to})
	}
	b.bundle = nil
}

// end ends the visit.
func (b *bundling) end(p *reqProxy) {
	b.finish(p)
	p.held.Add(b.cost)
	b.visit, b.to, b.cost = false, nil, 0
}

// startBundle hands a bundle over. If the gateway does not take it after all, its requests go the long way.
func (p *reqProxy) startBundle(to *route, b *gateway.Bundle) {
	if to.roll.StartBundle(b) {
		return
	}
	b.Each(func(s gateway.Slip, m core.Message) {
		entry := p.unfold(s, m)
		entry.counted = true
		p.ask(entry)
	})
}

// unfold makes a request of a slip, which is in no roll any more. unsent is its message; nil: it was sent.
func (p *reqProxy) unfold(s gateway.Slip, unsent core.Message) *pendingRequest {
	p.handle.Lock()
	defer p.handle.Unlock()
	return p.unfoldLocked(s, unsent)
}

func (p *reqProxy) unfoldLocked(s gateway.Slip, unsent core.Message) *pendingRequest {
	entry := &pendingRequest{proxy: p, id: s.Number, began: s.Began, charged: s.Cost, message: unsent,
		deadline: epoch.Add(s.Began + time.Duration(s.Within)*time.Millisecond)}
	p.slips--
	p.pending.Put(s.Number, entry)
	return entry
}

// forgetSlip takes a request off the books, during a visit. The lock is held.
func (p *reqProxy) forgetSlip(s gateway.Slip) {
	p.slips--
	p.handle.Usage().Pending--
	p.freed += int(s.Cost)
}

// Answer implements gateway.Asker.
func (r *route) Answer(s gateway.Slip, reply core.Message) {
	p := r.reqProxy
	p.forgetSlip(s)
	p.answered.Observe(&r.up.meter.Requests, p.now-s.Began)
	if p.farewell != nil {
		return
	}
	r.up.tally.ToClient(1, reply.Size())
	p.replyDeferred(s.Number, reply)
}

// Fail implements gateway.Asker. What was not sent may be sent elsewhere.
func (r *route) Fail(s gateway.Slip, unsent core.Message, reason error) {
	h := r.handle
	h.Lock()
	defer h.Unlock()
	entry := r.unfoldLocked(s, unsent)
	entry.gateway, entry.up = r.ReqGateway, r.up
	entry.answer(nil, reason)
}

// rolls are those of all endpoints. The lock is held.
func (p *reqProxy) rolls() []*route {
	if p.slips == 0 {
		return nil
	}
	return p.routes
}

// isSlip tells whether a request with that number is in a roll.
func (p *reqProxy) isSlip(id uint64) bool {
	p.handle.Lock()
	routes := p.rolls()
	p.handle.Unlock()
	for _, r := range routes {
		if r.roll.Has(id) {
			return true
		}
	}
	return false
}

// cancelSlip ends a request that is in a roll, if it is. No lock is held.
func (p *reqProxy) cancelSlip(routes []*route, id uint64) {
	for _, r := range routes {
		if s, ok := r.roll.Withdraw(id); ok {
			p.forgetAll([]gateway.Withdrawn{{Slip: s}})
			return
		}
	}
}

// forgetAll takes requests off the books that are in no roll any more. No lock is held.
func (p *reqProxy) forgetAll(ended []gateway.Withdrawn) {
	h := p.handle
	h.Lock()
	defer h.Unlock()
	for _, w := range ended {
		p.slips--
		h.Usage().Pending--
		p.held.Add(-int(w.Slip.Cost))
	}
}
