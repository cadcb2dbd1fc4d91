package proxy

import (
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Gather implements session.Gatherer, for requests that nobody has to be asked about.
func (k *socket) Gather(f *core.Frame, now time.Time) (taken bool, err error) {
	if _, ok := k.proxy.(*reqProxy); !ok || k.judgesMessages() {
		return false, nil
	}
	return true, k.gather(f, nil, now)
}

// handleRequest is for a request that the terms of an endpoint are about, and is passed on by itself.
func (k *socket) handleRequest(f *core.Frame) error {
	if _, ok := k.proxy.(*reqProxy); !ok {
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
	k.handle.Lock()
	err = k.gather(f, m, time.Now())
	k.handle.Unlock()
	k.Pass()
	return err
}

// gather notes a request, whose message is that of the frame, or another one. A *core.CloseError ends the connection, any other
// error answers the request. The lock is held.
func (k *socket) gather(f *core.Frame, instead core.Message, now time.Time) error {
	k.handle.Counters().Requests.Add(1)
	err := k.proxy.(*reqProxy).gather(f, instead, now)
	if closing := (*core.CloseError)(nil); err == nil || errors.As(err, &closing) {
		return err
	}
	k.handle.FailLocked(f.ID, asError(err))
	return nil
}

// gather prepares a request for the gateway whose turn it is. The lock is held.
func (p *reqProxy) gather(f *core.Frame, instead core.Message, now time.Time) error {
	entry := requestPool.Get().(*pendingRequest)
	entry.proxy, entry.id, entry.timeout = p, f.ID, p.timeout(f)
	entry.deadline = now.Add(entry.timeout)
	entry.idempotent, entry.once = f.Flags&core.FlagIdempotent != 0, true
	var err error
	if entry.message = instead; instead == nil {
		entry.message, err = p.socket.parts(f, entry.one[:0])
	}
	if err != nil {
		return err
	}
	if e := p.socket.refusalLocked(); e != nil {
		return e
	}
	if err := core.CheckMessage(entry.message, p.socket.cfg.MaxMessage); err != nil {
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
