package pubsub

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// Follower is a Subscriber who can tell where it stands in the history of its endpoint. Where none is kept it is like any
// other.
type Follower interface {
	Subscriber // the offsets of what it is given grow

	// Reached is called now and then: of what is kept, all up to latest that concerns the subscriber was handed to it,
	// and all before oldest is forgotten, in the history with this epoch. Deliver and Reached may overlap. It must not block.
	Reached(epoch string, oldest, latest uint64)
}

// followEvery is how often followers are told how far they are, if that has changed: for who hears of one message an hour,
// on an endpoint where a thousand a second go by, to be able to say where he was.
const followEvery = time.Second

// record subscribes in the name of the log, if there is one.
func (f *Feed) record() {
	if f.log == nil {
		return
	}
	f.followers = map[*Subscription]struct{}{}
	x := f.Attach(unheard{})
	x.free = true
	for _, prefix := range f.log.Prefixes() {
		x.join(prefix, nil)
	}
}

// unheard is the subscriber in whose name a history subscribes.
type unheard struct{}

// Deliver implements Subscriber.
func (unheard) Deliver(burst.Part) {}

// follow notes that a subscriber wants to know where it stands.
func (f *Feed) follow(x *Subscription) {
	if f.log == nil {
		return
	}
	follower, ok := x.subscriber.(Follower)
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	x.follower = follower
	f.followers[x] = struct{}{}
}

// recordAgain is told that something may be live that was not. The caller holds the lock.
func (f *Feed) recordAgain() {
	if f.log == nil {
		return
	}
	fresh := f.interest.Connections() &^ f.log.Recording()
	if fresh == 0 {
		return
	}
	for _, prefix := range f.log.Prefixes() {
		if !f.interest.Live(prefix) {
			return
		}
	}
	f.log.Resume(fresh)
}

// Epoch names the history of the endpoint; "": none is kept.
func (x *Subscription) Epoch() string {
	if x.feed.log == nil {
		return ""
	}
	return x.feed.log.Epoch()
}

// Position is where x stands in the history of the endpoint: all up to there that concerns it was handed to it. ok is
// false where none is kept, until the gateway is subscribed upstream for the first time, and while last values are being
// handed over.
func (x *Subscription) Position() (p core.Position, ok bool) {
	f, log := x.feed, x.feed.log
	if log == nil {
		return core.Position{}, false
	}
	f.mu.RLock()
	p = core.Position{Epoch: log.Epoch(), Offset: log.Reached()}
	ok = log.Started()
	f.mu.RUnlock()
	return p, ok && x.upToDate()
}

// upToDate tells whether all that was delivered has arrived: nothing waits behind last values.
func (x *Subscription) upToDate() bool { return !x.closed.Load() && x.catchUp.running.Load() == 0 }

// Tend forgets what is too old and tells the followers how far they are, until ctx ends; then it forgets everything. It is for a feed
// with a log.
func (f *Feed) Tend(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	var told progress
	for {
		select {
		case <-ctx.Done():
			f.mu.Lock()
			f.log.ForgetAll()
			f.mu.Unlock()
			return
		case <-tick.C:
			told = f.tellFollowers(told)
		}
	}
}

// progress is what followers are told of a history.
type progress struct {
	epoch          string // "": it has not begun
	oldest, latest uint64
}

// tellFollowers tells what they were not told before, and returns it.
func (f *Feed) tellFollowers(told progress) progress {
	now, followers := f.progress()
	if now == told || now.epoch == "" {
		return now
	}
	for _, x := range followers {
		if x.upToDate() {
			x.follower.Reached(now.epoch, now.oldest, now.latest)
		}
	}
	return now
}

func (f *Feed) progress() (now progress, followers []*Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.ForgetOld()
	for x := range f.followers {
		followers = append(followers, x)
	}
	return progress{f.log.Epoch(), f.log.Oldest(), f.log.Reached()}, followers
}
