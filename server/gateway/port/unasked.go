package port

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
)

// unasked is the way of what nobody has subscribed to: a publisher has made something else of a subscription
// (ZMQ_XPUB_MANUAL), or has not heard of its end yet. Who shares the socket with others does not get what may be theirs.
type unasked struct {
	subscriber *subscriber
	source     *source
}

// Deliver implements pubsub.Subscriber.
func (u unasked) Deliver(p burst.Part) {
	s := u.subscriber
	if x := s.only(); x != nil {
		delivery{s.drops, u.source, x}.Deliver(p)
		return
	}
	for range p.Count() {
		s.drops.Add(drop.Unsubscribed)
	}
}

// only is the port that has the socket to itself; nil: none has.
func (s *subscriber) only() (only *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.wanted {
		if only != nil {
			return nil
		}
		only = x
	}
	return only
}
