package pubsub

import (
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// Recover finds what x, with the prefixes it has now, missed since a position. fits, which may be nil, tells which of the
// messages the subscriber wants; it is called from here and from Next. The result is nil where no history is kept.
//
// What x is given to DeliverAt meanwhile has its place in the history, too: a subscriber that leaves aside what comes
// until Next says that there is no more, and then what is not behind the place where it is, has everything once.
func (x *Subscription) Recover(since core.Position, fits func(core.Message) bool) (*history.Replay, history.Recovery) {
	f := x.feed
	if f.log == nil {
		return nil, history.Recovery{}
	}
	return history.NewReplay(f.log, &f.mu, &selection{subscription: x}, since, fits)
}

// selection is what one replay reads: the prefixes of a subscription. Its methods are called with the feed's lock held.
type selection struct {
	subscription *Subscription
	matches      []*topic.Prefix[*Subscription] // scratch
}

// Prefixes implements history.Selection.
func (s *selection) Prefixes() iter.Seq[string] { return s.subscription.members.Keys() }

// Contains implements history.Selection.
func (s *selection) Contains(prefix string) bool { return s.subscription.members.At(prefix) != nil }

// Selects implements history.Selection.
func (s *selection) Selects(name []byte) bool {
	s.matches = s.subscription.feed.table.Match(s.matches[:0], name)
	for _, p := range s.matches {
		if s.subscription.members.At(p.Name) != nil {
			return true
		}
	}
	return false
}
