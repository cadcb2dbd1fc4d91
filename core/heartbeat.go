package core

import "time"

// Tick keeps the connection alive and notices when it is not. Call it at Next or later.
func (s *Session) Tick(now time.Duration) error {
	silence := now - s.heard
	if silence >= 2*s.heartbeat {
		return closeWith(CloseTimeout, "nothing heard for two heartbeats")
	}
	if s.ackDue(now) {
		s.sendAck()
	}
	if s.cfg.Bridge && s.phase == open && now >= s.pingDue() {
		s.pings++
		s.append(&Frame{Kind: KindPing, ID: s.pings})
		s.spoke, s.pinged = now, now
	}
	return nil
}

// pingDue: the bridge speaks up when either direction was silent for a heartbeat. A page cannot be relied on to do it,
// browsers slow the timers of a hidden tab down to one a minute; but it answers at once.
func (s *Session) pingDue() time.Duration {
	return min(max(s.heard, s.pinged), s.spoke) + s.heartbeat
}

// Next is when Tick has something to do.
func (s *Session) Next() time.Duration {
	next := s.heard + 2*s.heartbeat
	if s.cfg.Bridge && s.phase == open {
		next = min(next, s.pingDue())
	}
	if s.owesAck() {
		next = min(next, s.keeping.ackAt)
	}
	return next
}
