package pubsub

// vigil is somebody's wait until every prefix of a subscription is live. The feed's lock guards it.
type vigil struct {
	live  func()
	since string // a prefix that was not live when it was looked at last, so that mostly one look is enough
}

// WhenLive calls live once when every prefix that x has is proven live: before it returns if that is so already, else from
// another goroutine; never with a lock held. A subscription without prefixes has nothing to wait for. There is one wait at a
// time: a later call takes the place of an earlier one, and Close ends it.
func (x *Subscription) WhenLive(live func()) {
	if x.keepVigil(live) {
		live()
	}
}

// keepVigil begins to wait, or tells that there is nothing to wait for.
func (x *Subscription) keepVigil(live func()) (isLive bool) {
	f := x.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.vigils, x)
	if x.closed.Load() {
		return false
	}
	v := &vigil{live: live}
	if f.isOver(v, x) {
		return true
	}
	f.vigils[x] = v
	return false
}

// isOver tells whether every prefix of x is live. The caller holds the lock.
func (f *Feed) isOver(v *vigil, x *Subscription) bool {
	if x.members.At(v.since) != nil && !f.interest.Live(v.since) {
		return false
	}
	for prefix := range x.members.Keys() {
		if !f.interest.Live(prefix) {
			v.since = prefix
			return false
		}
	}
	return true
}

// endVigils returns what is to be called for those who wait no longer, without a lock. The caller holds the lock.
func (f *Feed) endVigils() (calls []func()) {
	for x, v := range f.vigils {
		if f.isOver(v, x) {
			delete(f.vigils, x)
			calls = append(calls, v.live)
		}
	}
	return calls
}
