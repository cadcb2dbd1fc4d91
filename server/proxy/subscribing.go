package proxy

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/receiving"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

func (k *socket) subscribes() bool { return k.typ == core.SUB || k.typ == core.XSUB }

func (k *socket) handleSubscription(f *core.Frame) error {
	p, ok := k.proxy.(subscriber)
	if !ok || !k.subscribes() {
		return k.outOfState(f)
	}
	if f.Kind == core.KindUnsubscribe {
		if prefix, known := k.forgetPrefix(f.ID); known {
			p.unsubscribe(f.ID, prefix)
		}
		return nil
	}
	if k.handle.Queue().Subscribed(f.ID) {
		return k.resubscribe(f)
	}
	e := k.admitPrefix(f)
	if e == nil {
		if e = p.subscribe(f.ID, f.Name); e != nil {
			k.forgetPrefix(f.ID)
		}
	}
	if e != nil {
		k.handle.Send(core.Frame{Kind: core.KindUnsubscribed, ID: f.ID, Code: e.Code, Text: core.ClipText(e.Text)})
	}
	return nil
}

// admitPrefix asks for every endpoint the socket reaches whether it may subscribe, on which terms, and notes the
// subscription.
func (k *socket) admitPrefix(f *core.Frame) *core.Error {
	if e := k.refusal(); e != nil {
		return e
	}
	t := outbox.TermsOf(f)
	for _, up := range k.reached() {
		var e *core.Error
		if t, e = up.admit(f.Name, t); e != nil {
			return e
		}
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	usage := k.handle.Usage()
	if usage.Subscriptions >= k.limits.Load().MaxSubscriptions {
		k.handle.Counters().Hit(limit.Subscriptions)
		return core.NewError(core.Busy, "too many subscriptions on this connection")
	}
	if usage.PrefixBytes+len(f.Name) > k.cfg.MaxPrefixBytes {
		k.handle.Counters().Hit(limit.Prefixes)
		return core.NewError(core.Busy, "the prefixes of all subscriptions on this connection are too long together")
	}
	if !k.handle.Fits(k.prefixes.cost(len(f.Name), 1, len(k.endpoints))) {
		return session.ErrFull
	}
	usage.Subscriptions++
	usage.PrefixBytes += len(f.Name)
	k.prefixBytes += len(f.Name)
	k.prefixes.add(len(f.Name), 1, len(k.endpoints))
	k.handle.Queue().Subscribe(f.ID, f.Name, t)
	return nil
}

// resubscribe gives a subscription that there is other terms, if every endpoint that the socket reaches allows them.
func (k *socket) resubscribe(f *core.Frame) error {
	if !k.handle.Can(core.CanResubscribe) || !k.handle.Queue().Concerns(f.ID, f.Name) {
		return core.NewCloseError(core.CloseState, "subscription number used before")
	}
	t := outbox.TermsOf(f)
	for _, up := range k.reached() {
		flow, e := k.rules.Flow(up.question(f.Name))
		if e == nil {
			t, e = t.Under(flow, k.limits.Load().HWM)
		}
		if e != nil {
			return nil // it goes on as it was
		}
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	if k.handle.Open() {
		k.handle.Heed(k.handle.Queue().Agree(f.ID, t))
	}
	return nil
}

// prefixCost is what the subscriptions of a socket cost: here, and at the gateway of each endpoint. The session's lock
// guards it.
type prefixCost struct {
	charge       *account.Charge
	count, bytes int
}

// Here a prefix is kept once, and in a tree if it has terms of its own. A gateway keeps it by its subscriber, in a tree,
// and as what its publisher was asked for.
const (
	prefixPlace         = 256
	prefixPlaceUpstream = 512
	prefixCopies        = 2
)

// cost is what so many prefixes more, with so many bytes together, cost at so many endpoints.
func (c *prefixCost) cost(bytes, count, endpoints int) int {
	return bytes*prefixCopies*(1+endpoints) + count*(prefixPlace+endpoints*prefixPlaceUpstream)
}

func (c *prefixCost) add(bytes, count, endpoints int) {
	c.bytes += bytes
	c.count += count
	c.charge.Set(c.cost(c.bytes, c.count, endpoints))
}

// reached are the endpoints that were not refused, each address once where a second one adds nothing.
func (k *socket) reached() (reached []*upstream) {
	k.handle.Lock()
	defer k.handle.Unlock()
	for _, up := range k.endpoints {
		if up.refused == nil && up.first == nil {
			reached = append(reached, up)
		}
	}
	return reached
}

// admit asks whether the socket may subscribe to a prefix at this endpoint, and what that leaves of its terms.
func (u *upstream) admit(prefix []byte, t outbox.Terms) (outbox.Terms, *core.Error) {
	k := u.socket
	a := u.question(prefix)
	if e := k.rules.Allows(k.handle.Context(), a); e != nil {
		u.note(a, e)
		return t, e
	}
	flow, e := k.rules.Flow(a)
	if e != nil {
		return t, e
	}
	t, e = t.Under(flow, k.limits.Load().HWM)
	if e != nil {
		u.note(a, e)
		k.handle.Counters().Denied.Add(1)
	}
	return t, e
}

// reach takes in the rule of an endpoint that was allowed. It may refuse the endpoint: for what the socket has subscribed
// to, or on which terms.
func (k *socket) reach(u *upstream) *core.Error {
	if !k.subscribes() {
		return nil
	}
	flow, e := k.rules.Flow(u.access)
	if e != nil {
		return e
	}
	queue := k.handle.Queue()
	agreed := make(map[uint64]outbox.Terms, queue.SubscriptionCount())
	for id, prefix := range queue.Subscriptions() {
		if agreed[id], e = u.admit(prefix, k.termsOf(id)); e != nil {
			return e
		}
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	p := &k.prefixes
	if !k.handle.Fits(p.cost(p.bytes, p.count, len(k.endpoints)) - p.charge.Held()) {
		return session.ErrFull
	}
	p.add(0, 0, len(k.endpoints))
	queue.Tighten(flow, k.limits.Load().HWM)
	if k.typ == core.XSUB {
		queue.PaceStray(flow, k.limits.Load().HWM)
	}
	for id, t := range agreed {
		if k.handle.Open() {
			k.handle.Heed(queue.Agree(id, t))
		}
	}
	return nil
}

// termsOf a subscription, as they are now.
func (k *socket) termsOf(id uint64) outbox.Terms {
	k.handle.Lock()
	defer k.handle.Unlock()
	return k.handle.Queue().Terms(id)
}

func (k *socket) forgetPrefix(id uint64) (prefix []byte, known bool) {
	k.handle.Lock()
	defer k.handle.Unlock()
	prefix, known = k.handle.Queue().Unsubscribe(id)
	if known {
		k.prefixes.add(-len(prefix), -1, len(k.endpoints))
		k.handle.Usage().Subscriptions--
		k.handle.Usage().PrefixBytes -= len(prefix)
		k.prefixBytes -= len(prefix)
	}
	return prefix, known
}

// recoverer is a proxy whose client may ask for what it missed.
type recoverer interface {
	// inflow is what receives from an endpoint; nil where that was refused.
	inflow(endpoint uint64) *receiving.Inflow
}

// handleRecover answers a client that was here before.
func (k *socket) handleRecover(f *core.Frame) error {
	p, ok := k.proxy.(recoverer)
	if !ok || !k.subscribes() {
		return k.outOfState(f)
	}
	if f.ID == 0 || f.ID > k.opened {
		return core.NewCloseError(core.CloseState, "Recover of an endpoint that was never opened")
	}
	if d := p.inflow(k.leading(f.ID)); d != nil {
		d.Recover(core.Position{Epoch: string(f.Name), Offset: f.Offset})
	}
	return nil
}
