package proxy

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// passedOn tells the client that nothing waits to be passed on.
func (k *socket) passedOn(f session.Farewell) {
	k.handle.Lock()
	defer k.handle.Unlock()
	f.Tell(0)
}

// farewell is the end of a REQ socket of which requests have yet to be sent. They still are, although nobody gets the
// answers. The session's lock guards it.
type farewell struct {
	session.Farewell
	until time.Time
	told  bool
	over  bool // nothing is left, and the gateways are given back
}

// farewellStep is how often a socket looks whether its requests were sent.
const farewellStep = 20 * time.Millisecond

// release is part of proxy.
func (p *reqProxy) release(f session.Farewell) {
	h := p.socket.handle
	h.Lock()
	p.bundling.forget()
	p.farewell = &farewell{Farewell: f, until: time.Now().Add(f.Linger)}
	p.held.Become(account.Lingering)
	if !h.Linger(p) {
		p.farewell.until = time.Time{}
	}
	h.Counters().Lingering.Add(1)
	h.Unlock()
	p.linger()
}

// GiveUp implements session.Lingerer.
func (p *reqProxy) GiveUp() {
	h := p.socket.handle
	h.Lock()
	p.farewell.until = time.Time{}
	h.Unlock()
	p.linger()
}

// linger looks what is left, and comes again in a while, until all requests were sent or the time is over.
func (p *reqProxy) linger() {
	h := p.socket.handle
	h.Lock()
	if p.farewell.over {
		h.Unlock()
		return // it was given up
	}
	late, rolls := !time.Now().Before(p.farewell.until), p.rolls()
	h.Unlock()
	waits := p.settleRolls(rolls, late)
	h.Lock()
	if p.farewell.over {
		h.Unlock()
		return // by somebody else, meanwhile
	}
	ended := p.settle(p.farewell, waits, late)
	over := p.farewell.over
	h.Unlock()
	for _, u := range ended {
		u.stop()
	}
	if !over {
		time.AfterFunc(farewellStep, p.linger)
		return
	}
	for _, r := range p.routes {
		r.roll.Leave()
		r.Release()
	}
	p.socket.giveShares()
}

// settleRolls is settle for what is in rolls, without the lock. It returns how many have yet to be sent, or had to be when it was too late.
func (p *reqProxy) settleRolls(routes []*route, late bool) (waits int) {
	for _, r := range routes {
		sent, waiting := r.roll.WithdrawSent()
		p.forgetAll(sent)
		if waits += waiting; late {
			p.forgetAll(r.roll.WithdrawAll())
		}
	}
	return waits
}

// settle takes out the requests that are not waited for any more, which are to be stopped, and tells the client when none has
// yet to be sent, besides some in rolls. What was sent is not waited for, unless its connection would end with it. The lock is held.
func (p *reqProxy) settle(end *farewell, waits int, late bool) (ended []underWay) {
	h := p.socket.handle
	for entry := range p.pending.All() {
		unsent := entry.call == nil || entry.again != nil || entry.call.Waits()
		if unsent {
			waits++
		}
		if late || !unsent && !entry.call.Exclusive() {
			ended = append(ended, entry.underWay())
			p.forget(entry)
		}
	}
	if !end.told && (waits == 0 || late) {
		end.told = true
		end.Tell(waits)
		h.Counters().Lingering.Add(-1)
	}
	if end.over = p.pending.Len() == 0 && p.slips == 0; end.over {
		h.Lingered(p)
	}
	return ended
}
