package pubsub

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// What was said last long ago this feed may not have heard, because it has just begun to listen, and somebody else may have: another bridge. Who that is
// is asked when the prefix is live, so that nothing is missed between what the other one has and what comes from now on. A message that was published in
// that very moment may come twice.

// thenLately has Options.Lately called when a prefix has become live, after live.
func (x *Subscription) thenLately(prefix string, live func()) func() {
	lately := x.feed.lately
	if lately == nil {
		return live
	}
	return func() {
		if live != nil {
			live()
		}
		lately(prefix)
	}
}

// Seed takes last values of others, of topics that somebody has subscribed to and of which nothing has been heard here. Those subscribers are given them, as
// if they had subscribed now. It is called without a lock, beside the reader goroutine. A feed with a history, in which they have no place, takes none.
func (f *Feed) Seed(values []topic.Value) {
	given := f.seed(values)
	for x, last := range given {
		x.catchUp.run(last, x.deliverNow)
	}
}

func (f *Feed) seed(values []topic.Value) map[*Subscription][]topic.Value {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil || f.log != nil {
		return nil
	}
	given := map[*Subscription][]topic.Value{}
	for _, v := range values {
		prefixes := f.table.Match(nil, v.Topic())
		if len(prefixes) == 0 || !f.last.PutFirst(v) {
			continue
		}
		has := map[*Subscription]bool{}
		for _, prefix := range prefixes {
			for _, member := range prefix.Members {
				if x := member.Subscriber; !has[x] {
					has[x] = true
					given[x] = append(given[x], v)
				}
			}
		}
	}
	for x := range given {
		x.catchUp.begin()
	}
	return given
}

// LastUnder are the last values of the topics with a prefix, the newest ones, of so many bytes together.
func (f *Feed) LastUnder(prefix string, most int) []topic.Value {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.last == nil {
		return nil
	}
	values := f.last.Under(prefix)
	first := len(values)
	for first > 0 && len(values[first-1]) <= most {
		first--
		most -= len(values[first])
	}
	return values[first:]
}
