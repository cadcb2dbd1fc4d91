package core

import "time"

// FeedRequests does what Feed does, at the bridge, for the Requests with which a WebSocket message begins, and for the Ack that a client
// puts in front of them. It returns the rest of the message, which Feed has to be given unless it is empty: it begins with something else, with what is not as it should be, or with a
// Request that handle has not taken. A Request is valid until handle returns.
func (s *Session) FeedRequests(batch []byte, now time.Duration, handle func(*Request) (taken bool, err error)) (rest []byte, err error) {
	if s.phase != open || len(batch) > s.Limit() {
		return batch, nil
	}
	s.heard, s.keeping.confirmed = now, true
	rest = batch
	r := &s.asked
	defer func() { r.Body = nil }() // as in Feed
	if seq, next, ok := parseAck(rest); ok {
		if err := s.acked(seq); err != nil {
			return nil, err
		}
		rest = next
	}
	for cuts := s.keeping.cuts; len(rest) > 0; {
		next, ok := parseRequest(rest, r)
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
		rest = next
		if s.keeping.cuts != cuts { // then the rest of the message will come again
			rest = nil
		}
	}
	if handled := len(batch) - len(rest); handled > 0 {
		s.acknowledge(handled, now)
	}
	return rest, nil
}
