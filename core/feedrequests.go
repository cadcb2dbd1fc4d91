package core

import (
	"sync"
	"time"
)

// FeedRequests does what Feed does, at the bridge, for the Requests with which WebSocket messages begin, and for the Ack that a client puts
// in front of them. It stops at the first message that has something else, that is not as it should be, or that has a Request which handle
// has not taken. It returns the messages from there on, of which the first has lost what was handled: Feed has to be given that one. A
// Request is valid until handle returns.
func (s *Session) FeedRequests(batches [][]byte, now time.Duration, handle func(*Request) (taken bool, err error)) (rest [][]byte, err error) {
	if s.phase != open {
		return batches, nil
	}
	s.heard, s.keeping.confirmed = now, true
	r := asked.Get().(*Request)
	rest, handled, err := s.requestsOf(batches, r, handle)
	*r = Request{}
	asked.Put(r)
	if handled > 0 && err == nil {
		s.acknowledge(handled, now)
	}
	return rest, err
}

// asked has memory for the Request that is handled: those of a session are handled one after the other, and it needs none meanwhile.
var asked = sync.Pool{New: func() any { return new(Request) }}

// requestsOf is FeedRequests but for what follows, and tells how many bytes were handled.
func (s *Session) requestsOf(batches [][]byte, r *Request, handle func(*Request) (taken bool, err error)) (rest [][]byte, handled int, err error) {
	limit, cuts := s.Limit(), s.keeping.cuts
	for i, batch := range batches {
		if len(batch) == 0 || len(batch) > limit {
			return batches[i:], handled, nil
		}
		left, err := s.requests(batch, r, handle)
		handled += len(batch) - len(left)
		switch {
		case err != nil || s.keeping.cuts != cuts: // if it was cut, what is left will come again
			return nil, handled, err
		case len(left) > 0:
			batches[i] = left
			return batches[i:], handled, nil
		}
	}
	return nil, handled, nil
}

// requests is FeedRequests for one message, and returns what it leaves of it.
func (s *Session) requests(batch []byte, r *Request, handle func(*Request) (taken bool, err error)) (left []byte, err error) {
	if seq, next, ok := parseAck(batch); ok {
		if err := s.acked(seq); err != nil {
			return nil, err
		}
		batch = next
	}
	for cuts := s.keeping.cuts; len(batch) > 0 && s.keeping.cuts == cuts; {
		next, ok := parseRequest(batch, r)
		if !ok {
			break
		}
		s.received++ // before it is handled, because the session may be cut meanwhile
		taken, err := handle(r)
		if err != nil {
			return nil, err
		}
		if !taken {
			s.received--
			break
		}
		batch = next
	}
	return batch, nil
}
