package session

// Yield is for a Socket that handles a frame, and has to wait for something that takes a while: wait is called, and the other sockets
// of the client may be judged meanwhile. Whoever wants to judge this one has to wait until the frame is handled. The lock is not held.
func (h *Handle) Yield(wait func()) {
	s := h.session
	if !h.yielded && h.aside.taken.Swap(true) { // not the reading goroutine handles the frame, so the visit is nobody's
		wait()
		return
	}
	h.yielded = true
	s.visit.Unlock()
	defer s.visit.Lock()
	wait()
}

// takeBack ends the turn that Yield has taken, when the frame has been handled. It is for the reading goroutine.
func (s *session) takeBack(h *Handle) {
	if !h.yielded {
		return
	}
	h.yielded = false
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passTurn(h)
}
