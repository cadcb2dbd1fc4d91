package proxy

import (
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Gather implements session.Gatherer, for requests that nobody has to be asked about.
func (k *socket) Gather(r *core.Request, now time.Time) (taken bool, err error) {
	p, ok := k.proxy.(*reqProxy)
	if !ok || k.judgesMessages() {
		return false, nil
	}
	return true, k.gather(p, r, nil, now)
}

// handleRequest is for a request that the terms of an endpoint are about, and is passed on by itself.
func (k *socket) handleRequest(f *core.Frame) error {
	p, ok := k.proxy.(*reqProxy)
	if !ok {
		return k.outOfState(f)
	}
	m, err := k.parts(f, nil)
	if err != nil {
		return err
	}
	e := k.refusal()
	if e == nil {
		m, e = k.admit(m)
	}
	if e != nil {
		k.handle.Counters().Requests.Add(1)
		k.handle.Fail(f.ID, e)
		return nil
	}
	r := f.Request()
	k.handle.Counters().Requests.Add(1)
	k.handle.Lock()
	err = k.gather(p, &r, m, time.Now())
	k.handle.Unlock()
	k.Pass()
	return err
}

// gather notes a request, whose message is its own, or another one. A *core.CloseError ends the connection, any other error answers
// the request. The lock is held.
func (k *socket) gather(p *reqProxy, r *core.Request, instead core.Message, now time.Time) error {
	if err := p.gather(r, instead, now); err != nil {
		return k.answerGathered(r, err)
	}
	return nil
}

// answerGathered answers a request that is not made. The lock is held.
func (k *socket) answerGathered(r *core.Request, err error) error {
	if closing := (*core.CloseError)(nil); errors.As(err, &closing) {
		return err
	}
	k.handle.FailLocked(r.ID, asError(err))
	return nil
}

// gather prepares a request for the gateway whose turn it is. The lock is held.
func (p *reqProxy) gather(r *core.Request, instead core.Message, now time.Time) error {
	entry := requestPool.Get().(*pendingRequest)
	entry.proxy, entry.id, entry.began = p, r.ID, now.Sub(epoch)
	entry.deadline = now.Add(p.timeout(r.Millis))
	entry.idempotent, entry.once = r.Flags&core.FlagIdempotent != 0, true
	var err error
	if entry.message = instead; instead == nil {
		entry.message, err = p.socket.partsOf(core.KindRequest, r.Body, entry.one[:0])
	}
	if err != nil {
		return err
	}
	if e := p.socket.refusalLocked(); e != nil {
		return e
	}
	if err := core.CheckMessage(entry.message, p.socket.handle.MaxMessage()); err != nil {
		return err
	}
	if err := p.admit(entry); err != nil {
		return err
	}
	if !p.prepare(entry) {
		p.forget(entry)
		return errDisconnected
	}
	p.gathered = append(p.gathered, entry)
	return nil
}

// Pass implements session.Gatherer: the gateways get what was gathered. Whoever gives requests up does it on the same goroutine,
// the reading one, or after it.
func (k *socket) Pass() {
	p := k.proxy.(*reqProxy) // nothing else gathers
	entries := p.gathered
	p.gathered = nil
	for rest := entries; len(rest) > 0; {
		rest = p.start(rest)
	}
	clear(entries)
	if cap(entries) <= session.MaxGathered {
		p.gathered = entries[:0]
	}
}

// start hands those requests over that are for the gateway of the first one, and returns the others. Once a request was handed
// over it is not looked at any more.
func (p *reqProxy) start(entries []*pendingRequest) (others []*pendingRequest) {
	gw, calls := entries[0].gateway, p.calls[:0]
	for _, entry := range entries {
		if entry.gateway == gw {
			calls = append(calls, entry.call)
		} else {
			others = append(others, entry)
		}
	}
	gw.Start(calls)
	clear(calls)
	p.calls = calls
	return others
}
