package session

import "slices"

// TakeOver ends the sessions of the same user that have what is claimed while their clients are away: a program that was
// started again has its identity, or its address, at once. A client that comes back in spite of it is told that its
// session is gone.
func (h *Handle) TakeOver(c Claim) { h.session.registry.retention.takeOver(h.session, c) }

func (r *retention) takeOver(mine *Session, c Claim) {
	mine.mu.Lock()
	user, request := mine.user, mine.request
	mine.mu.Unlock()
	r.mu.Lock()
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	for _, s := range waiting {
		if s != mine && s.holds(c) && s.belongsTo(user, request) {
			r.expire(s)
		}
	}
}

// holds tells whether a session without a line has what is claimed.
func (s *Session) holds(c Claim) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != nil {
		return false
	}
	for _, h := range s.sockets {
		if h.socket.Holds(c) {
			return true
		}
	}
	return false
}
