package session

import "slices"

// Source is something that has messages for a client, and was told to wait because the client had no room for them.
type Source interface {
	// Ready tells whether it makes sense to go on. It is called with the session's lock held, and must not block.
	Ready() bool

	// Resume is called without a lock once Ready has said yes. The source is not held any more then.
	Resume()
}

// Hold makes a source wait until it is Ready. It is asked whenever there may be room: after each batch that was read, and
// after each that was written. The lock is held, and the source is not held already.
func (h *Handle) Hold(src Source) { h.session.held = append(h.session.held, src) }

// Unhold forgets a source. The lock is held.
func (h *Handle) Unhold(src Source) {
	s := h.session
	s.held = slices.DeleteFunc(s.held, func(other Source) bool { return other == src })
}

// resumeHeld lets go on what has room again. No lock is held.
func (s *session) resumeHeld() {
	s.mu.Lock()
	if len(s.held) == 0 {
		s.mu.Unlock()
		return
	}
	var ready []Source
	s.held = slices.DeleteFunc(s.held, func(src Source) bool {
		if !src.Ready() {
			return false
		}
		ready = append(ready, src)
		return true
	})
	s.mu.Unlock()
	for _, src := range ready {
		src.Resume()
	}
}
