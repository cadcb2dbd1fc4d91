package proxy

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// proxy is what the type of a socket does with an endpoint that was allowed.
type proxy interface {
	connect(up *upstream, ep core.Endpoint) error // an error refuses the endpoint
	disconnect(up *upstream)                      // undoes connect; up is gone. No lock is held
	release(f session.Farewell)                   // gives the gateways back; no lock is held
}

// canceler, subscriber, sender and replier are proxies of types whose clients may send such frames; claimer is one of types
// that may have what only one socket can have.
type (
	canceler interface {
		cancel(id uint64)
	}
	subscriber interface {
		subscribe(id uint64, prefix []byte) *core.Error
		unsubscribe(id uint64, prefix []byte)
	}
	sender interface {
		message(m core.Message) error // an error ends the connection
		refuse(m core.Message, why *core.Error) error
	}
	replier interface {
		reply(id uint64, m core.Message)
	}
	claimer interface {
		away() // the client is
	}
)

// socket is one ZeroMQ socket of a client. It implements session.Socket.
type socket struct {
	*Proxies
	handle   *session.Handle
	typ      core.SocketType
	identity string
	proxy    proxy

	opened uint64 // how many endpoints were opened, of the reading goroutine

	prefixBytes int // of all its subscriptions; the session's lock guards it

	endpointCost *account.Charge
	prefixes     prefixCost

	// Changed by the reading goroutine alone, which may read it without the lock; others hold the lock.
	endpoints []*upstream

	share int // gateways that the session counts for this socket; guarded by its lock
}

// Asks is part of session.Socket.
func (k *socket) Asks(f *core.Frame) bool {
	switch f.Kind {
	case core.KindOpen, core.KindSubscribe:
		return true
	case core.KindMessage: // those of an XSUB may be subscriptions
		return k.typ == core.XSUB || k.judgesMessages()
	case core.KindRequest:
		return k.judgesMessages()
	}
	return false
}

// Handle is part of session.Socket.
func (k *socket) Handle(f *core.Frame) error {
	switch f.Kind {
	case core.KindOpen:
		return k.openEndpoint(f)
	case core.KindDisconnect:
		return k.disconnect(f)
	case core.KindSubscribe, core.KindUnsubscribe:
		return k.handleSubscription(f)
	case core.KindRecover:
		return k.handleRecover(f)
	case core.KindRequest:
		return k.handleRequest(f)
	case core.KindCancel:
		return k.handleCancel(f)
	case core.KindReply, core.KindFailed:
		return k.handleReply(f)
	case core.KindMessage:
		return k.handleMessage(f)
	}
	return k.outOfState(f)
}

func (k *socket) outOfState(f *core.Frame) error {
	return core.NewCloseError(core.CloseState, f.Kind.String()+" on a "+k.typ.String()+" socket")
}

// openEndpoint adds an endpoint to the socket.
func (k *socket) openEndpoint(f *core.Frame) error {
	switch {
	case f.Type != k.typ:
		return core.NewCloseError(core.CloseState, "Open with another type than the socket has")
	case f.ID != k.opened+1:
		return core.NewCloseError(core.CloseState, "endpoint number out of order")
	case len(k.endpoints) >= k.cfg.MaxEndpoints:
		k.handle.Counters().Hit(limit.Endpoints)
		return core.NewCloseError(core.CloseLimit, "too many endpoints on a socket")
	}
	up := &upstream{socket: k, number: f.ID, said: sayNothing}
	k.opened++
	k.handle.Lock()
	k.reconsider()
	k.endpoints = append(k.endpoints, up)
	k.handle.Unlock()
	refusal := up.open(f)
	up.forgetAsker()
	if refusal != nil {
		up.refuse(refusal)
	}
	return nil
}

// reconsider is told that the endpoints of the socket, or what they are, have changed. The lock is held.
func (k *socket) reconsider() {
	if p, ok := k.proxy.(*reqProxy); ok {
		p.bundling.forget()
	}
}

// Release is part of session.Socket.
func (k *socket) Release(f session.Farewell) {
	if f.Linger <= 0 || f.Linger > k.cfg.Linger {
		f.Linger = k.cfg.Linger
	}
	for _, up := range k.endpoints {
		up.stopWatching()
	}
	k.proxy.release(f)
	k.handle.Lock()
	defer k.handle.Unlock()
	k.HandIn()
	k.handle.Usage().Subscriptions -= k.handle.Queue().SubscriptionCount()
	k.handle.Usage().PrefixBytes -= k.prefixBytes
	k.endpointCost.Set(0)
	k.prefixes.charge.Set(0)
}

// Away is part of session.Socket.
func (k *socket) Away() {
	if p, ok := k.proxy.(claimer); ok {
		p.away()
	}
}

// refusal is why the socket can reach nobody; nil when some endpoint was allowed.
func (k *socket) refusal() *core.Error {
	k.handle.Lock()
	defer k.handle.Unlock()
	return k.refusalLocked()
}

// refusalLocked is refusal. The lock is held.
func (k *socket) refusalLocked() *core.Error {
	var last *core.Error
	for _, up := range k.endpoints {
		if up.refused == nil {
			return nil
		}
		last = up.refused
	}
	return last
}

func (k *socket) handleCancel(f *core.Frame) error {
	p, ok := k.proxy.(canceler)
	if !ok {
		return k.outOfState(f)
	}
	p.cancel(f.ID)
	return nil
}

func (k *socket) handleReply(f *core.Frame) error {
	p, ok := k.proxy.(replier)
	if !ok {
		return k.outOfState(f)
	}
	if f.Kind == core.KindFailed {
		p.reply(f.ID, nil)
		return nil
	}
	m, err := k.parts(f, nil)
	if err == nil {
		p.reply(f.ID, m)
	}
	return err
}

func (k *socket) handleMessage(f *core.Frame) error {
	p, ok := k.proxy.(sender)
	if !ok || !k.typ.Sends() {
		return k.outOfState(f)
	}
	m, err := k.parts(f, nil)
	if err != nil {
		return err
	}
	admitted, refusal := k.admit(m)
	if refusal != nil {
		return p.refuse(m, refusal)
	}
	return p.message(admitted)
}

// parts of the message in a frame, see partsOf.
func (k *socket) parts(f *core.Frame, dst core.Message) (core.Message, error) {
	return k.partsOf(f.Kind, f.Body, dst)
}

// partsOf is the parts of the message in a frame of a kind. Mostly they are not copied: a batch is read into memory of its own, which
// the message keeps alive. But a small message must not keep a large batch alive, of which nothing is left but itself. They are
// appended to dst.
func (k *socket) partsOf(kind core.Kind, body core.Body, dst core.Message) (core.Message, error) {
	if k.handle.Pins(len(body)) {
		body = slices.Clone(body)
	}
	m, err := body.Parts(dst)
	if err != nil {
		return nil, core.NewCloseError(core.CloseMalformed, kind.String()+": "+err.Error())
	}
	return m, nil
}
