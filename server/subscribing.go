package server

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func (k *socket) handleSubscription(f *core.Frame) error {
	p, ok := k.proxy.(subscriber)
	if !ok || !k.subscribes() {
		return outOfState(f, k.typ)
	}
	if f.Kind == core.KindUnsubscribe {
		if prefix, known := k.forgetPrefix(f.ID); known {
			p.unsubscribe(f.ID, prefix)
		}
		return nil
	}
	if _, twice := k.prefixes[f.ID]; twice {
		return core.NewCloseError(core.CloseState, "subscription number used before")
	}
	if e := k.admitPrefix(f); e != nil {
		k.session.send(core.Frame{Kind: core.KindUnsubscribed, Socket: k.id, ID: f.ID, Code: e.Code, Text: core.ClipText(e.Text)})
		return nil
	}
	p.subscribe(f.ID, k.prefixes[f.ID])
	return nil
}

func (k *socket) subscribes() bool { return k.typ == core.SUB || k.typ == core.XSUB }

// admitPrefix asks for every endpoint the socket reaches whether it may subscribe, on which terms, and notes the
// subscription.
func (k *socket) admitPrefix(f *core.Frame) *core.Error {
	if e := k.refusal(); e != nil {
		return e
	}
	t := termsOf(f)
	for _, up := range k.endpoints {
		if up.refused != nil {
			continue
		}
		var e *core.Error
		if t, e = up.admit(f.Name, t); e != nil {
			return e
		}
	}
	s := k.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscriptions >= s.bridge.cfg.MaxSubscriptions {
		return core.NewError(core.Busy, "too many subscriptions on this connection")
	}
	s.subscriptions++
	k.prefixes[f.ID] = slices.Clone(f.Name)
	k.agree(f.ID, t)
	return nil
}

// admit asks whether the socket may subscribe to a prefix at this endpoint, and what that leaves of its terms.
func (u *upstream) admit(prefix []byte, t terms) (terms, *core.Error) {
	s := u.socket.session
	a := u.access
	a.Subscribe, a.Prefix = true, prefix
	if e := s.ask(a); e != nil {
		return t, e
	}
	flow, e := s.flow(a)
	if e != nil {
		return t, e
	}
	t, e = t.under(flow, s.bridge.cfg.HWM)
	if e != nil {
		s.bridge.counters.denied.Add(1)
	}
	return t, e
}

// reach takes in the rule of an endpoint that was allowed. It may refuse the endpoint: for what the socket has subscribed
// to, or how.
func (k *socket) reach(u *upstream) *core.Error {
	if !k.subscribes() {
		return nil
	}
	s := k.session
	flow, e := s.flow(u.access)
	if e != nil {
		return e
	}
	agreed := make(map[uint64]terms, len(k.prefixes))
	for id, prefix := range k.prefixes {
		if agreed[id], e = u.admit(prefix, k.termsOf(id)); e != nil {
			return e
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	main := &k.outbox.main
	main.terms, _ = main.terms.under(flow, s.bridge.cfg.HWM) // nobody has chosen them
	main.interval = 0                                        // is each subscription's own
	main.begin()
	for id, t := range agreed {
		k.agree(id, t)
	}
	return nil
}

// termsOf a subscription, as they are now.
func (k *socket) termsOf(id uint64) terms {
	k.session.mu.Lock()
	defer k.session.mu.Unlock()
	if own := k.outbox.own; own != nil && own.lanes[id] != nil {
		return own.lanes[id].terms
	}
	return k.outbox.main.terms
}

// agree gives a subscription a lane of its own, where its terms need one. The lock is held.
func (k *socket) agree(id uint64, t terms) {
	o := &k.outbox
	switch {
	case o.own != nil && o.own.lanes[id] != nil:
		k.session.revise(o.own.lanes[id], t)
	case t.own(o.main.terms):
		o.branch(&lane{terms: t, socket: k, id: id}, k.prefixes[id], k.prefixes)
	case o.own != nil:
		o.own.disclaim(string(k.prefixes[id]), id)
		o.own.claim(string(k.prefixes[id]), claim{subscription: id})
	}
}

// revise puts other terms on a lane. When it is to conflate from now on, so are the messages that wait.
func (s *session) revise(l *lane, t terms) {
	if t.conflates() == l.conflates() {
		l.terms = t
		return
	}
	var waiting []outgoing
	for l.len() > 0 {
		m := *l.first()
		m.missed = l.missing()
		waiting = append(waiting, m)
		s.drop(l)
	}
	s.settle(l)
	l.terms = t
	l.begin()
	l.socket.outbox.own.conflating++
	if t.conflates() {
		l.socket.outbox.own.conflating++
	} else {
		l.socket.outbox.own.conflating--
	}
	for _, m := range waiting {
		if s.sockets[l.socket.id] != l.socket {
			return // closed, as its terms say
		}
		l.lost += m.missed // a lane that conflates counts for all its topics together
		s.offer(l, &m)
	}
}

func (k *socket) forgetPrefix(id uint64) (prefix []byte, known bool) {
	s := k.session
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix, known = k.prefixes[id]
	if known {
		delete(k.prefixes, id)
		s.subscriptions--
		s.queuedBytes -= k.outbox.unbranch(id, prefix)
	}
	return prefix, known
}
