package pubsub

import (
	"cmp"
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// A feed whose log is the cache of a stream is fed: what it delivers comes from there, in the order and with the offsets that the
// stream has, and nothing comes over connections of its own. The stream has all topics, so every prefix is live as soon as the
// stream is followed, and what is missing in it is told where it is missing.
//
// One goroutine, that which follows the stream, calls the methods of this file. Only Followed has another one.

// Followed has every prefix live until ctx ends.
func (f *Feed) Followed(ctx context.Context) {
	changed, _ := f.connected(0, core.Endpoint{})
	for {
		changes := f.nextChanges(0)
		for _, live := range f.settle(0, changes) {
			live()
		}
		if len(changes) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			f.Down(0)
			return
		case <-changed:
		}
	}
}

// Adopt has the history go on behind an offset of an epoch; hole is that of the newest hole up to there, or 0.
func (f *Feed) Adopt(epoch string, offset, hole uint64) error {
	err := f.flush()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.Adopt(epoch, offset, hole)
	return err
}

// Skip is Adopt in the same epoch, where messages were forgotten before they came. Everybody is told.
func (f *Feed) Skip(offset, hole, missed uint64) error {
	err := f.flush()
	f.mu.Lock()
	f.log.Adopt(f.log.Epoch(), offset, max(hole, offset))
	lackers := f.allLackers()
	f.mu.Unlock()
	for _, lacker := range lackers {
		lacker.Lacks(Absence{Messages: missed, Offset: offset})
	}
	return err
}

// allLackers are all who want to know of what never came. The caller holds the lock.
func (f *Feed) allLackers() (lackers []Lacker) {
	for x, lacker := range f.counting.lackers {
		if x.members.Len() > 0 {
			lackers = append(lackers, lacker)
		}
	}
	return lackers
}

// Place is the epoch of the history, and the offset of what comes next.
func (f *Feed) Place() (epoch string, next uint64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.log.Epoch(), f.log.Next()
}

// Feed routes messages that come next, which are delivered by Flush at the latest: each subscriber is visited once for what was fed until
// then. more is about how many bytes of others will follow. They may be kept, and must not be modified.
func (f *Feed) Feed(bodies []core.Body, more int) (err error) {
	var m core.Message
	for _, body := range bodies {
		more += len(body)
	}
	for _, body := range bodies {
		more -= len(body)
		parts, bad := body.Parts(m[:0])
		if bad != nil {
			return cmp.Or(bad, err)
		}
		m = parts
		err = cmp.Or(err, f.gatherKept(m, body, more))
	}
	return err
}

// Flush delivers what was fed and not delivered yet.
func (f *Feed) Flush() error { return f.flush() }

// FeedHole tells everybody whom it concerns that messages are missing here. known is false if nobody knows which, or how many.
func (f *Feed) FeedHole(a Absence, known bool) error {
	if known {
		return f.tellAbsence(a)
	}
	err := f.flush()
	f.mu.Lock()
	a.Offset = f.log.Hole()
	lackers := f.allLackers()
	f.mu.Unlock()
	for _, lacker := range lackers {
		lacker.Lacks(a)
	}
	return err
}
