package outbox

import (
	"bytes"
	"iter"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// FirstSpoken and the numbers above it are for subscriptions that the client has not numbered. It is not told of them by
// number.
const FirstSpoken = 1 << 63

// Subscriptions are the prefixes of the socket by their numbers.
func (q *Queue) Subscriptions() iter.Seq2[uint64, []byte] { return q.prefixes.All() }

// Subscribed tells whether there is a subscription with this number.
func (q *Queue) Subscribed(id uint64) bool {
	_, known := q.prefixes.Get(id)
	return known
}

// Concerns tells whether the subscription with this number is one to this prefix.
func (q *Queue) Concerns(id uint64, prefix []byte) bool {
	return bytes.Equal(q.prefixes.At(id), prefix)
}

// SubscriptionCount is how many subscriptions there are.
func (q *Queue) SubscriptionCount() int { return q.prefixes.Len() }

// Tighten takes in the rule of one more endpoint for all that shares the main lane. A rate is each subscription's own.
func (q *Queue) Tighten(f access.Flow, defaultHWM int) {
	q.main.Terms, _ = q.main.Under(f, defaultHWM) // nobody has chosen them, so they are allowed
	q.main.interval = 0
	q.main.begin()
}

// stray numbers the lane of what no subscription is for.
const stray = ^uint64(0)

// PaceStray takes in the rule of one more endpoint for what comes and no subscription is for, as a publisher may send to an
// XSUB: it comes no faster than what was subscribed to.
func (q *Queue) PaceStray(f access.Flow, defaultHWM int) {
	t, _ := q.main.Under(f, defaultHWM)
	if t.interval == 0 {
		return
	}
	if q.own != nil && q.own.lanes[stray] != nil {
		l := q.own.lanes[stray]
		l.interval = max(l.interval, t.interval)
		return
	}
	q.branch(&lane{Terms: t, queue: q, id: stray}, "")
}

// Terms of a subscription, as they are now.
func (q *Queue) Terms(id uint64) Terms {
	if q.own != nil && q.own.lanes[id] != nil {
		return q.own.lanes[id].Terms
	}
	return q.main.Terms
}

// Subscribe notes a new subscription and gives it a lane of its own, where its terms need one.
func (q *Queue) Subscribe(id uint64, prefix []byte, t Terms) {
	q.prefixes.Set(id, slices.Clone(prefix))
	q.Agree(id, t)
}

// Agree puts terms on a subscription that is known. What waits may have to be conflated by the new ones, and not fit any
// more; the Verdict is that of Offer.
func (q *Queue) Agree(id uint64, t Terms) Verdict {
	prefix := string(q.prefixes.At(id))
	switch {
	case q.own != nil && q.own.lanes[id] != nil:
		return q.box.revise(q.own.lanes[id], t)
	case t.differ(q.main.Terms):
		q.branch(&lane{Terms: t, queue: q, id: id}, prefix)
	case q.own != nil:
		q.own.disclaim(prefix, id)
		q.own.claim(prefix, claim{subscription: id})
	}
	return Queued
}

// branch gives a subscription its lane.
func (q *Queue) branch(l *lane, prefix string) {
	if q.own == nil {
		q.own = newBranches(&q.prefixes)
	}
	q.own.disclaim(prefix, l.id)
	l.begin()
	q.own.claim(prefix, claim{l.id, l})
}

// revise puts other terms on a lane. When it is to conflate from now on, so are the messages that wait.
func (o *Outbox) revise(l *lane, t Terms) Verdict {
	before := l.Terms
	if t.conflates() == before.conflates() {
		l.Terms = t
		return Queued
	}
	var waiting []Entry
	for l.len() > 0 {
		e := *l.first()
		e.missed = l.missing()
		waiting = append(waiting, e)
		o.pop(l)
	}
	o.settle(l)
	l.Terms = t
	l.begin()
	l.queue.own.changed(before, t)
	verdict := Queued
	for i := range waiting {
		l.lost += waiting[i].missed // a lane that conflates counts for all its topics together
		verdict = max(verdict, o.offer(l, &waiting[i]))
		if verdict == Closed {
			o.count().Dropped[core.CloseSlow] += uint64(len(waiting) - i - 1)
			break
		}
	}
	return verdict
}

// Unsubscribe forgets a subscription and what waits in its lane. It returns the prefix, or false when there is none with
// this number.
func (q *Queue) Unsubscribe(id uint64) (prefix []byte, known bool) {
	prefix, known = q.prefixes.Get(id)
	if !known {
		return nil, false
	}
	q.prefixes.Delete(id)
	if q.own == nil {
		return prefix, true
	}
	if l := q.own.lanes[id]; l != nil {
		l.leave()
		q.count -= l.len()
		q.box.forget(l)
	}
	q.own.disclaim(string(prefix), id)
	if len(q.own.lanes) == 0 {
		q.own = nil
	}
	return prefix, true
}
