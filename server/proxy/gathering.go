package proxy

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Gatherer tells the session who gathers the requests of the socket: no other type but REQ has any.
func (k *socket) Gatherer() session.Gatherer {
	if p, ok := k.proxy.(*reqProxy); ok {
		return p
	}
	return nil
}

// Gather implements session.Gatherer, for requests that nobody has to be asked about.
func (p *reqProxy) Gather(r *core.Request, now time.Time) (taken bool, err error) {
	if p.bundle(r, now) {
		return true, nil
	}
	if p.socket.judgesMessages() {
		return false, nil
	}
	if r.ID <= p.highest && p.slips > 0 {
		return false, nil // it is looked whether the number is in use
	}
	return true, p.socket.gather(p, r, nil, now)
}

// handleRequest is for a request that the terms of an endpoint are about, and is passed on by itself.
func (k *socket) handleRequest(f *core.Frame) error {
	p, ok := k.proxy.(*reqProxy)
	if !ok {
		return k.outOfState(f)
	}
	if p.isSlip(f.ID) {
		return errUsed
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
	p.Pass()
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
	p.bundling.finish(p)
	p.gathered = append(p.gathered, gathered{entry: entry})
	return nil
}

// gathered is what is handed over next: a request, or a bundle of them.
type gathered struct {
	entry  *pendingRequest
	bundle *gateway.Bundle
	route  *route // of the bundle
}

// Settle implements session.Gatherer.
func (p *reqProxy) Settle() { p.bundling.end(p) }

// Pass implements session.Gatherer: the gateways get what was gathered. Whoever gives requests up does it on the same goroutine,
// the reading one, or after it.
func (p *reqProxy) Pass() {
	all := p.gathered
	p.gathered = nil
	for rest := all; len(rest) > 0; {
		if first := rest[0]; first.bundle != nil {
			p.startBundle(first.route, first.bundle)
			rest = rest[1:]
			continue
		}
		end := slices.IndexFunc(rest, func(g gathered) bool { return g.bundle != nil })
		if end < 0 {
			end = len(rest)
		}
		p.startAll(rest[:end])
		rest = rest[end:]
	}
	clear(all)
	if cap(all) <= session.MaxGathered {
		p.gathered = all[:0]
	}
}

// startAll hands requests over, to one gateway after the other those that are for it. Once a request was handed over it is not looked
// at any more.
func (p *reqProxy) startAll(requests []gathered) {
	for rest := requests; len(rest) > 0; {
		gw, calls, others := rest[0].entry.gateway, p.calls[:0], []gathered(nil)
		for _, g := range rest {
			if g.entry.gateway == gw {
				calls = append(calls, g.entry.call)
			} else {
				others = append(others, g)
			}
		}
		gw.Start(calls)
		clear(calls)
		p.calls = calls
		rest = others
	}
}
