package session

import "time"

// Succeeds tells whether the socket's client may have what another socket holds, whose client is away, and in how long.
//
// What a user's socket holds is kept for this user as long as the session is, and a program of the same user that was
// started again has it at once. Where the client that is away has no user, nobody can tell its successor from anybody else:
// it is kept for two heartbeats, and whoever asks next may have it then.
func (h *Handle) Succeeds(owner *Handle) (in time.Duration, ok bool) {
	mine, other := h.session, owner.session
	if mine == other {
		return 0, false
	}
	other.mu.Lock()
	there, user, cutAt := other.line != nil || other.over != nil, other.user, other.keys.cutAt
	other.mu.Unlock()
	if there {
		return 0, false
	}
	if user != nil {
		mine.mu.Lock()
		claimant, request := mine.user, mine.request
		mine.mu.Unlock()
		return 0, claimant != nil && other.belongsTo(claimant, request)
	}
	r := other.registry
	return max(0, cutAt+2*r.cfg.Heartbeat-r.now()), true
}

// IsAway tells whether the client is away.
func (h *Handle) IsAway() bool {
	h.Lock()
	defer h.Unlock()
	return h.session.line == nil
}

// GiveUp ends the session, unless its client is there: what its sockets hold is somebody else's now. A client that comes
// back in spite of it is told that its session is gone.
func (h *Handle) GiveUp() { h.session.registry.retention.expire(h.session) }

// Background runs f in a goroutine that the bridge waits for when it closes. A bridge that is closing runs nothing.
func (h *Handle) Background(f func()) { h.session.registry.background(f) }
