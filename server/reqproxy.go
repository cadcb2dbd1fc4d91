package server

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// reqProxy is a client's REQ socket: requests go to the gateways of its endpoints in turn, answers come back by number.
type reqProxy struct {
	socket   *socket
	gateways []*gateway.ReqGateway // touched by the read goroutine, and by release after it
	next     int

	pending map[uint64]*pendingRequest // guarded by the session's lock
}

// pendingRequest is filled in two steps: the gateway may answer before Do has returned.
type pendingRequest struct{ call *gateway.Request }

func (p *reqProxy) connect(up *upstream, ep core.Endpoint) error {
	if up.access.Bind {
		return core.NewError(core.Unsupported, "a REQ socket does not bind here")
	}
	gw, err := p.socket.session.bridge.gateways.Req(ep)
	if err != nil {
		return err
	}
	p.gateways = append(p.gateways, gw)
	up.stop = gw.Watch(up)
	return nil
}

func (p *reqProxy) request(f *core.Frame, m core.Message) error {
	s := p.socket.session
	if err := core.CheckMessage(m, s.bridge.cfg.MaxMessage); err != nil {
		return err
	}
	id, entry := f.ID, &pendingRequest{}
	if err := p.admit(id, entry); err != nil {
		return err
	}
	gw := p.gateways[p.next%len(p.gateways)]
	p.next++
	call := gw.Do(m, p.timeout(f), func(reply core.Message, err error) { p.done(id, entry, reply, err) })
	s.mu.Lock()
	entry.call = call
	s.mu.Unlock()
	return nil
}

// admit notes a request. A *core.CloseError ends the connection, any other error answers the request.
func (p *reqProxy) admit(id uint64, entry *pendingRequest) error {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.pending[id] != nil {
		return core.NewCloseError(core.CloseState, "request number used before")
	}
	if s.pending >= s.bridge.cfg.MaxPending {
		return core.NewError(core.Busy, "too many unanswered requests on this connection")
	}
	s.pending++
	p.pending[id] = entry
	return nil
}

func (p *reqProxy) timeout(f *core.Frame) time.Duration {
	cfg := &p.socket.session.bridge.cfg
	if f.Millis == 0 {
		return cfg.RequestTimeout
	}
	if f.Millis > uint64(cfg.MaxRequestTimeout/time.Millisecond) {
		return cfg.MaxRequestTimeout
	}
	return time.Duration(f.Millis) * time.Millisecond
}

// done hands the answer to the client, unless it has given up.
func (p *reqProxy) done(id uint64, entry *pendingRequest, reply core.Message, err error) {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.pending[id] != entry {
		return
	}
	delete(p.pending, id)
	s.pending--
	if err == nil {
		err = p.sendReply(id, reply)
	}
	if err != nil {
		e := asError(err)
		s.sendLocked(&core.Frame{Kind: core.KindFailed, Socket: p.socket.id, ID: id, Code: e.Code, Text: core.ClipText(e.Text)})
	}
}

func (p *reqProxy) sendReply(id uint64, reply core.Message) error {
	s := p.socket.session
	if s.engine.Queued()+reply.Size() > s.bridge.cfg.MaxQueued {
		return core.NewError(core.Busy, "the answer came, but too much is queued for this connection")
	}
	return s.sendLocked(&core.Frame{Kind: core.KindReply, Socket: p.socket.id, ID: id, Parts: reply})
}

func (p *reqProxy) cancel(id uint64) {
	s := p.socket.session
	s.mu.Lock()
	entry := p.pending[id]
	if entry != nil {
		delete(p.pending, id)
		s.pending--
	}
	s.mu.Unlock()
	if entry != nil && entry.call != nil {
		entry.call.Cancel()
	}
}

func (p *reqProxy) release() {
	s := p.socket.session
	s.mu.Lock()
	pending := p.pending
	p.pending = nil
	s.pending -= len(pending)
	s.mu.Unlock()
	for _, entry := range pending {
		if entry.call != nil {
			entry.call.Cancel()
		}
	}
	for _, gw := range p.gateways {
		gw.Release()
	}
}
