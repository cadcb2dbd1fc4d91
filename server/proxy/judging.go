package proxy

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/refusing"
)

// mayOpen asks whether the endpoint may be opened, and takes for a refusal as long as any other.
func (u *upstream) mayOpen(known bool) *core.Error {
	k, began := u.socket, time.Now()
	e := k.rules.Allows(k.handle.Context(), u.access)
	if e == nil && !known {
		e = core.NewError(core.Denied, u.access.String()+" is not allowed here")
	}
	if e != nil {
		k.handle.Yield(func() { refusing.InTime(k.handle.Context(), len(u.access.Params), began) })
	}
	return e
}

// Judge is part of session.Socket: every endpoint and every subscription is asked about anew. What is not allowed any more is
// refused, as if it were asked for now; all else stays as it is, and no message of it is lost.
func (k *socket) Judge(ctx context.Context) {
	for _, up := range slices.Clone(k.endpoints) {
		if up.refused == nil && up.first == nil {
			up.judge(ctx)
		}
	}
	k.judgeSubscriptions(ctx)
}

// judge asks about an endpoint. Those that repeat it stand and fall with it.
func (u *upstream) judge(ctx context.Context) {
	k := u.socket
	named, known := k.named(u.access.Endpoint)
	a := u.access
	a.HTTP, a.User = k.handle.Caller()
	a.Again = true
	e := k.rules.Allows(ctx, a)
	if e == nil && (!known || a.Endpoint.Name != "" && k.bindsAt(named) != a.Bind) { // who listens is another one by now: the page has to ask again
		e = core.NewError(core.Denied, a.String()+" is not allowed any more")
	}
	if e == nil {
		e = u.agreeAgain()
	}
	if ctx.Err() != nil {
		return // nobody has answered
	}
	if e == nil {
		e = u.rebranch(u.waysTo(named))
	}
	if e != nil {
		u.withdraw(e)
	}
}

// agreeAgain takes in what the endpoint asks now of those who send to it.
func (u *upstream) agreeAgain() *core.Error {
	u.ask(u.access)
	defer u.forgetAsker()
	e := u.agree()
	if e != nil {
		return e
	}
	if p, ok := u.socket.proxy.(*portProxy); ok {
		p.pace()
	}
	u.socket.count()
	return nil
}

// rebranch makes the ways of an endpoint anew if the name stands for more or fewer addresses than before.
func (u *upstream) rebranch(ways int) *core.Error {
	if len(u.ways)+1 == ways {
		return nil
	}
	u.held = false // what is there to be recovered was
	u.detachAll()
	u.shares = false
	u.branch(ways)
	return u.attachAll()
}

// withdraw takes an endpoint back that was allowed.
func (u *upstream) withdraw(e *core.Error) {
	k := u.socket
	h := k.handle
	h.Lock()
	twins := u.twins
	u.twins = nil
	for _, twin := range twins {
		twin.first = nil
	}
	h.Unlock()
	h.Counters().Withdrawn.Add(1)
	u.refuse(e) // first, so that whoever waits is told why
	for _, twin := range twins {
		twin.refuse(e)
	}
	u.detachAll()
	if u.access.Bind {
		k.gateways.Vacate(k.typ, u.access.Endpoint)
	}
}

// judgeSubscriptions asks about every prefix at every endpoint that is left.
func (k *socket) judgeSubscriptions(ctx context.Context) {
	p, ok := k.proxy.(subscriber)
	if !ok || !k.subscribes() {
		return
	}
	subscriptions := maps.Collect(k.handle.Queue().Subscriptions())
	for _, id := range slices.Sorted(maps.Keys(subscriptions)) {
		e := k.judgePrefix(ctx, subscriptions[id])
		if e == nil || ctx.Err() != nil {
			continue
		}
		if prefix, known := k.forgetPrefix(id); known {
			p.unsubscribe(id, prefix)
		}
		k.handle.Counters().Withdrawn.Add(1)
		k.handle.Send(core.Frame{Kind: core.KindUnsubscribed, ID: id, Code: e.Code, Text: core.ClipText(e.Text)})
	}
}

func (k *socket) judgePrefix(ctx context.Context, prefix []byte) *core.Error {
	for _, up := range k.reached() {
		a := up.question(prefix)
		a.Again = true
		if e := k.rules.Allows(ctx, a); e != nil {
			up.note(a, e)
			return e
		}
	}
	return nil
}
