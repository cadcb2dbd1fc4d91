package port

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
)

// subscribe is part of subscribing.
func (s *subscriber) subscribe(x *Port, prefix []byte, live func()) error {
	if live == nil {
		live = func() {}
	}
	var missing atomic.Int64 // sources at which it is not live
	proven := func() {
		if missing.Add(-1) == 0 {
			live()
		}
	}
	missing.Add(1) // until all have been asked
	member, err := s.ask(x, string(prefix), &missing, proven)
	if member && err == nil {
		proven()
	}
	return err
}

// ask notes a subscription and passes it to all sources, of which those that prove it later are counted as missing. It
// tells whether x is still a member.
func (s *subscriber) ask(x *Port, prefix string, missing *atomic.Int64, proven func()) (member bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wanted[x] == nil {
		return false, nil
	}
	if s.wanted[x][prefix] == 0 && !s.want(prefix) {
		return true, pubsub.ErrAskedTooMuch
	}
	s.wanted[x][prefix]++
	for from := range s.sources {
		missing.Add(1)
		if s.subscription(from, x).Join(prefix, proven) {
			missing.Add(-1)
		}
	}
	return true, nil
}

// want notes that one more port wants a prefix, and tells whether it may. The caller holds the lock.
func (s *subscriber) want(prefix string) bool {
	if s.asked[prefix] == 0 && !s.allowance.Take(prefix) {
		return false
	}
	s.asked[prefix]++
	return true
}

// unwant undoes want. The caller holds the lock.
func (s *subscriber) unwant(prefix string) {
	if s.asked[prefix]--; s.asked[prefix] == 0 {
		delete(s.asked, prefix)
		s.allowance.Give(prefix)
	}
}

// unsubscribe is part of subscribing.
func (s *subscriber) unsubscribe(x *Port, prefix []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefixes := s.wanted[x]
	switch prefixes[string(prefix)] {
	case 0:
		return
	case 1:
		delete(prefixes, string(prefix))
		s.unwant(string(prefix))
	default:
		prefixes[string(prefix)]--
	}
	for from := range s.sources {
		s.subscription(from, x).Unsubscribe(prefix)
	}
}
