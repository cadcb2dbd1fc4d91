package proxy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/receiving"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
)

// rester is a proxy of a type that is asked by backends; leaver is one of a type that has something of its client to take along. No frame is
// handled meanwhile, and no lock is held.
type (
	rester interface {
		rest() // takes no more requests of backends
	}
	leaver interface {
		leave(m *moved.Socket)
		arrive(m *moved.Socket) error // before anything is opened
	}
)

// Rest is part of moving.Mover.
func (k *socket) Rest() {
	if p, ok := k.proxy.(rester); ok {
		p.rest()
	}
}

// Leave is part of moving.Mover.
func (k *socket) Leave() (state func() moved.Socket) {
	m := moved.Socket{Number: k.handle.Number(), Type: k.typ, Identity: []byte(k.identity), Opened: k.opened}
	if p, ok := k.proxy.(leaver); ok {
		p.leave(&m)
	}
	inflows := map[uint64]*receiving.Inflow{}
	if p, ok := k.proxy.(recoverer); ok && k.subscribes() {
		for _, up := range k.endpoints {
			inflows[up.number] = p.inflow(up.number)
		}
	}
	return func() moved.Socket {
		for _, up := range k.endpoints {
			m.Endpoints = append(m.Endpoints, up.leavesLocked(inflows[up.number]))
		}
		queue := k.handle.Queue()
		prefixes := maps.Collect(queue.Subscriptions())
		for _, id := range slices.Sorted(maps.Keys(prefixes)) {
			overflow, millis := queue.Terms(id).Asked()
			m.Subscriptions = append(m.Subscriptions, moved.Subscription{Number: id, Prefix: prefixes[id], Overflow: overflow, Millis: millis})
		}
		m.Inbound = queue.Leaving()
		return m
	}
}

// leavesLocked is the endpoint as another bridge will open it. The lock is held.
func (u *upstream) leavesLocked(from *receiving.Inflow) moved.Endpoint {
	m := moved.Endpoint{Number: u.number}
	if e := u.refused; e != nil {
		m.Refused, m.Text = e.Code, e.Text
		return m
	}
	m.Address, m.Bind, m.Params = u.access.Endpoint.String(), u.access.Bind, u.access.Params
	if u.access.Endpoint.Name != "" {
		m.Bind = false // the name says it
	}
	if from != nil {
		at, held := from.LeavesAt()
		m.Held, m.Epoch, m.Position = held, at.Epoch, at.Offset
	}
	return m
}

// Arrive is part of moving.Mover. All is opened and subscribed to as if the client had asked for it now, and may be refused as well. What the client
// gets from an endpoint begins behind what was left for it at the other bridge.
func (k *socket) Arrive(m *moved.Socket) error {
	if p, ok := k.proxy.(leaver); ok {
		if err := p.arrive(m); err != nil {
			return err
		}
	}
	for i := range m.Endpoints {
		if err := k.openAgain(&m.Endpoints[i]); err != nil {
			return err
		}
	}
	k.opened = m.Opened
	for i := range m.Subscriptions {
		if err := k.subscribeAgain(&m.Subscriptions[i]); err != nil {
			return err
		}
	}
	k.handle.Lock()
	k.handle.Queue().Arrive(&m.Inbound)
	k.handle.Heed(outbox.Queued)
	k.handle.Unlock()
	k.goOn(m)
	for i := range m.Requests {
		r := &m.Requests[i]
		f := core.Frame{Kind: core.KindRequest, Socket: m.Number, ID: r.Number, Millis: r.Millis, Body: r.Body}
		if r.Idempotent {
			f.Flags = core.FlagIdempotent
		}
		if err := k.Handle(&f); err != nil {
			return err
		}
	}
	return nil
}

// openAgain opens an endpoint with the number that the client knows it by.
func (k *socket) openAgain(e *moved.Endpoint) error {
	if k.opened >= e.Number {
		return errOrder
	}
	k.opened = e.Number - 1 // those between were disconnected
	if e.Refused != core.OK {
		k.opened = e.Number
		k.handle.Lock()
		defer k.handle.Unlock()
		k.reconsider()
		k.endpoints = append(k.endpoints, &upstream{socket: k, number: e.Number, said: sayNothing, refused: core.NewError(e.Refused, e.Text)})
		return nil
	}
	f := core.Frame{Kind: core.KindOpen, Socket: k.handle.Number(), ID: e.Number, Type: k.typ, Name: []byte(k.identity), Text: []byte(e.Address), Params: e.Params}
	if e.Bind {
		f.Flags |= core.FlagBind
	}
	if k.subscribes() {
		f.Flags |= core.FlagRecover
	}
	return k.openEndpoint(&f)
}

var errOrder = core.NewError(core.Invalid, "the endpoints of a socket are out of order")

func (k *socket) subscribeAgain(s *moved.Subscription) error {
	if s.Number <= outbox.FirstSpoken {
		return k.handleSubscription(&core.Frame{Kind: core.KindSubscribe, ID: s.Number, Name: s.Prefix, Flags: uint64(s.Overflow), Millis: s.Millis})
	}
	p, ok := k.proxy.(*portProxy)
	if !ok {
		return errOrder
	}
	p.spoken.last = s.Number - outbox.FirstSpoken - 1 // it gets its number again
	if e := p.hearSpoken(string(s.Prefix)); e != nil {
		k.handle.Fail(0, e)
	}
	return nil
}

// goOn has what comes go to the client, behind what was brought along. Of types whose messages come from a connection that was this client's, or that
// pages share, nobody knows what was on its way when that ended.
func (k *socket) goOn(m *moved.Socket) {
	p, ok := k.proxy.(recoverer)
	if ok && k.subscribes() {
		for i := range m.Endpoints {
			e := &m.Endpoints[i]
			if d := p.inflow(e.Number); d != nil && !e.Held {
				d.Arrive(core.Position{Epoch: e.Epoch, Offset: e.Position})
			}
		}
		return
	}
	if len(m.Endpoints) == 0 {
		return
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	k.Missed()
}

// Missed is part of session.Socket. A subscriber gets from each bridge all that is published, so it misses nothing of what another one had.
func (k *socket) Missed() {
	if !k.typ.Receives() || k.subscribes() || k.refusalLocked() != nil {
		return
	}
	k.handle.Queue().Absent(outbox.Absence{})
	k.handle.Heed(outbox.Counted)
}

// vacate gives up at once what stays for a while when a page has gone, in case it comes back: this one is at another bridge. Backends that connect to several
// bridges, or call by name, are to find it there.
func (k *socket) vacate(up *upstream) {
	switch wanted, _ := up.place(); {
	case up.access.Bind:
		k.gateways.Vacate(k.typ, up.access.Endpoint)
	case wanted.Identity != "":
		k.gateways.VacateName(wanted.Endpoint, wanted.Identity)
	}
}

// leave is part of leaver.
func (p *portProxy) leave(m *moved.Socket) {
	if p.socket.typ.Sends() {
		m.Outbound = p.sending.Leave()
	}
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	p.moves = true
}

// arrive is part of leaver.
func (p *portProxy) arrive(m *moved.Socket) error { return p.sending.Arrive(&m.Outbound) }

// rest is part of rester.
func (p *repProxy) rest() {
	h := p.socket.handle
	h.Lock()
	stops := p.stops
	p.stops = map[*upstream]func(){}
	h.Unlock()
	for _, stop := range stops {
		stop()
	}
}

// leave is part of leaver. Backends whose requests are not answered yet wait for an answer from this bridge, which cannot come: the page is told. One that
// was on its way to the page when that came to rest is for another page, if there is one: the next bridge goes on counting where this one has stopped.
func (p *repProxy) leave(m *moved.Socket) {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	m.LastCall = p.last
	for id := range p.incoming {
		h.SendLocked(&core.Frame{Kind: core.KindCancel, ID: id})
	}
	p.giveUpLocked()
	p.moves = true
}

// arrive is part of leaver.
func (p *repProxy) arrive(m *moved.Socket) error {
	p.last = m.LastCall
	return nil
}

// leave is part of leaver. What no backend has seen, and what may be sent again, goes along; all else has failed.
func (p *reqProxy) leave(m *moved.Socket) {
	for _, r := range p.takeAll() {
		if r.again != nil {
			r.again.Stop()
		}
		unsent := r.waited
		if r.call != nil {
			r.call.Cancel()
			unsent = unsent || r.call.Unsent()
		}
		if !unsent && !r.fresh.idempotent {
			p.fail(r.fresh, errMoved)
			continue
		}
		left := time.Until(r.fresh.deadline)
		m.Requests = append(m.Requests, moved.Request{Number: r.fresh.id, Idempotent: r.fresh.idempotent,
			Millis: uint64(max(1, left/time.Millisecond)), Body: core.EncodeBody(r.fresh.message)})
		p.socket.handle.Lock()
		p.forget(r.fresh)
		p.socket.handle.Unlock()
	}
}

var errMoved = core.NewError(core.Lost, "the request was sent, and its answer had not come when the session went to another bridge")

// arrive is part of leaver.
func (p *reqProxy) arrive(*moved.Socket) error { return nil }

// leavingRequest is a request that is taken from its gateway.
type leavingRequest struct {
	movedRequest
	again  *time.Timer
	waited bool // to be sent again, or had not been sent at all
}

// takeAll takes all requests from their gateways, the oldest first.
func (p *reqProxy) takeAll() (all []leavingRequest) {
	p.socket.handle.Lock()
	routes := p.rolls()
	p.socket.handle.Unlock()
	var slips []gateway.Withdrawn
	for _, r := range routes {
		slips = append(slips, r.roll.WithdrawAll()...)
	}
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	for entry := range p.pending.All() {
		all = append(all, leavingRequest{movedRequest{fresh: entry.afresh(), call: entry.call}, entry.again, entry.again != nil || entry.call == nil})
		entry.gone = true
	}
	for _, r := range all {
		p.pending.Put(r.fresh.id, r.fresh)
	}
	for _, w := range slips {
		all = append(all, leavingRequest{movedRequest: movedRequest{fresh: p.unfoldLocked(w.Slip, w.Unsent)}, waited: w.Unsent != nil})
	}
	slices.SortFunc(all, func(a, b leavingRequest) int { return cmp.Compare(a.fresh.id, b.fresh.id) })
	return all
}
