package outbox

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/server/few"
	"github.com/zmqwebbridge/zmqwebbridge/server/prefix"
)

// branches are the lanes of a queue beside its main one. A queue none of whose subscriptions needs one has none of this,
// and looks nothing up.
type branches struct {
	lanes  map[uint64]*lane // by subscription
	routes prefix.Tree[route]
	ready  laneHeap // the lanes with a message that may be sent; the one that has waited longest is in front

	conflating int // lanes that conflate
}

// route is who subscribed to one prefix. Of several subscriptions the last decides.
type route struct{ claims []claim }

type claim struct {
	subscription uint64
	lane         *lane // nil: the main one
}

// newBranches knows the subscriptions that shared the main lane so far.
func newBranches(subscriptions *few.Map[uint64, []byte]) *branches {
	b := &branches{lanes: map[uint64]*lane{}}
	for _, id := range slices.Sorted(subscriptions.Keys()) {
		b.claim(string(subscriptions.At(id)), claim{subscription: id})
	}
	return b
}

func (b *branches) claim(prefix string, c claim) {
	r := b.routes.Get(prefix)
	if r == nil {
		r = &route{}
		b.routes.Put(prefix, r)
	}
	if c.subscription == stray {
		r.claims = slices.Insert(r.claims, 0, c) // a subscription to everything goes before it
	} else {
		r.claims = append(r.claims, c)
	}
	if c.lane != nil {
		b.lanes[c.subscription] = c.lane
		if c.lane.conflates() {
			b.conflating++
		}
	}
}

func (b *branches) disclaim(prefix string, subscription uint64) {
	if l := b.lanes[subscription]; l != nil && l.conflates() {
		b.conflating--
	}
	delete(b.lanes, subscription)
	r := b.routes.Get(prefix)
	if r == nil {
		return
	}
	r.claims = slices.DeleteFunc(r.claims, func(c claim) bool { return c.subscription == subscription })
	if len(r.claims) == 0 {
		b.routes.Delete(prefix)
	}
}

// lane is where a message of a topic goes; nil stands for the main lane. The longest prefix decides.
func (b *branches) lane(topic []byte) *lane {
	r := b.routes.Longest(topic)
	if r == nil {
		return nil // no subscription is for it: one has just ended, or the publisher of an XSUB sends what it likes
	}
	return r.claims[len(r.claims)-1].lane
}

// changed keeps count of the lanes that conflate, when the terms of one have changed.
func (b *branches) changed(before, after Terms) {
	switch {
	case after.conflates() && !before.conflates():
		b.conflating++
	case before.conflates() && !after.conflates():
		b.conflating--
	}
}
