package server

import (
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// proxy is the socket's ZeroMQ side: what its type does with an endpoint that was allowed.
type proxy interface {
	connect(up *upstream, ep core.Endpoint) error // an error refuses the endpoint
	release()                                     // gives the gateways back; no lock is held
}

// requester, subscriber, sender and replier are proxies of types whose clients may send such frames.
type (
	requester interface {
		request(f *core.Frame, m core.Message) error // a *core.CloseError ends the connection
		cancel(id uint64)
	}
	subscriber interface {
		subscribe(id uint64, prefix []byte)
		unsubscribe(id uint64, prefix []byte)
	}
	sender interface {
		message(m core.Message) error // ends the connection
	}
	replier interface {
		reply(id uint64, m core.Message)
	}
)

// socket is one ZeroMQ socket of a client. What the read goroutine alone touches stands first, what the session's lock
// guards after it.
type socket struct {
	session   *session
	id        uint32
	typ       core.SocketType
	identity  string
	proxy     proxy
	endpoints []*upstream
	prefixes  map[uint64][]byte // subscriptions by number; written under the lock

	outbox outbox
}

func newSocket(s *session, f *core.Frame) *socket {
	k := &socket{session: s, id: f.Socket, typ: f.Type, identity: string(f.Name), prefixes: map[uint64][]byte{}}
	k.outbox.main.socket = k
	k.outbox.messages, k.outbox.bytes = clampCredit(f.Messages), clampCredit(f.Bytes)
	switch f.Type {
	case core.REQ:
		k.proxy = &reqProxy{socket: k, pending: map[uint64]*pendingRequest{}}
	case core.SUB:
		k.proxy = &subProxy{socket: k, live: liveness{}}
	case core.REP:
		k.proxy = &repProxy{socket: k, incoming: map[uint64]incoming{}, claims: map[*upstream]*time.Timer{}}
	default:
		k.proxy = newPortProxy(k)
	}
	return k
}

// release ends the socket's ZeroMQ side and forgets what is queued for it.
func (k *socket) release() {
	for _, up := range k.endpoints {
		up.stopWatching()
	}
	if k.proxy != nil {
		k.proxy.release()
	}
	s := k.session
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(k)
	s.subscriptions -= len(k.prefixes)
}

// refusal is why the socket can reach nobody; nil when some endpoint was allowed.
func (k *socket) refusal() *core.Error {
	var last *core.Error
	for _, up := range k.endpoints {
		if up.refused == nil {
			return nil
		}
		last = up.refused
	}
	return last
}

func (k *socket) refuse(up *upstream, e *core.Error) {
	up.refused = e
	k.session.send(core.Frame{Kind: core.KindRefused, Socket: k.id, ID: up.number, Code: e.Code, Text: core.ClipText(e.Text)})
}

func (k *socket) handleRequest(f *core.Frame) error {
	if k.typ != core.REQ {
		return outOfState(f, k.typ)
	}
	p := k.proxy.(requester)
	if f.Kind == core.KindCancel {
		p.cancel(f.ID)
		return nil
	}
	m, err := parts(f)
	if err != nil {
		return err
	}
	k.session.bridge.counters.requests.Add(1)
	if e := k.refusal(); e != nil {
		k.session.failed(k.id, f.ID, e)
		return nil
	}
	err = p.request(f, m)
	var closing *core.CloseError
	if err == nil || errors.As(err, &closing) {
		return err
	}
	k.session.failed(k.id, f.ID, asError(err))
	return nil
}

func (k *socket) handleReply(f *core.Frame) error {
	p, ok := k.proxy.(replier)
	if !ok {
		return outOfState(f, k.typ)
	}
	if f.Kind == core.KindFailed {
		p.reply(f.ID, nil)
		return nil
	}
	m, err := parts(f)
	if err == nil {
		p.reply(f.ID, m)
	}
	return err
}

func (k *socket) handleMessage(f *core.Frame) error {
	p, ok := k.proxy.(sender)
	if !ok || !k.typ.Sends() {
		return outOfState(f, k.typ)
	}
	m, err := parts(f)
	if err == nil {
		err = p.message(m)
	}
	return err
}

// grant adds credit. More than any client could mean is a client that cannot count.
func (k *socket) grant(f *core.Frame) error {
	s := k.session
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &k.outbox
	if f.Messages > core.MaxCredit || f.Bytes > core.MaxCredit ||
		o.messages+int64(f.Messages) > core.MaxCredit || o.bytes+int64(f.Bytes) > core.MaxCredit {
		return core.NewCloseError(core.CloseState, "credit overflow")
	}
	o.messages += int64(f.Messages)
	o.bytes += int64(f.Bytes)
	s.activate(k)
	return nil // readLoop lets held ports go on
}

func clampCredit(v uint64) int64 { return int64(min(v, core.MaxCredit)) }

// parts copies nothing: a batch is read into memory of its own, which the message keeps alive.
func parts(f *core.Frame) (core.Message, error) {
	m, err := f.Body.Parts(nil)
	if err != nil {
		return nil, core.NewCloseError(core.CloseMalformed, f.Kind.String()+": "+err.Error())
	}
	return m, nil
}
