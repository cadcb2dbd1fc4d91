package session

import "github.com/zmqwebbridge/zmqwebbridge/core"

var slowText = []byte("messages came faster than they were consumed")

// closeSlow ends a socket that asked to be closed rather than to lose anything. A gateway calls it, which must not wait for
// itself: what the socket holds of the gateways is given back later.
func (s *session) closeSlow(h *Handle) {
	s.remove(h)
	s.append(&core.Frame{Kind: core.KindClosed, Socket: h.id, Code: core.Busy, Text: slowText})
	s.ended = append(s.ended, h)
	if !s.handling { // a frame that is being handled may be about this socket
		s.registry.background(s.reap)
	}
}

// handled is told that a frame has been handled. It takes the lock, and leaves it to its caller.
func (s *session) handled() {
	s.mu.Lock()
	s.handling, s.interrupted = false, true
	if len(s.ended) > 0 {
		s.mu.Unlock()
		s.reap()
		s.mu.Lock()
	}
}

// reap releases the sockets that the bridge has closed, unless a frame that may be about one of them is being handled:
// whoever handles it does it then.
func (s *session) reap() {
	s.mu.Lock()
	if s.handling {
		s.mu.Unlock()
		return
	}
	ended := s.ended
	s.ended = nil
	s.mu.Unlock()
	for _, h := range ended {
		h.release(Farewell{})
	}
}
