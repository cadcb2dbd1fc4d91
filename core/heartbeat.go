package core

import "time"

// Tick sends a Ping or an Ack when one is due, and returns an error when the peer has been silent for two heartbeats. The
// owner calls it at the time that Next tells, or later.
func (s *Session) Tick(now time.Duration) error {
	silence := now - s.heard
	if silence >= 2*s.heartbeat {
		return closeWith(CloseTimeout, "nothing heard for two heartbeats")
	}
	if err := s.tickProbe(now); err != nil {
		return err
	}
	if s.ackDue(now) {
		s.sendAck()
	}
	if s.cfg.Bridge && s.phase == open && now >= s.pingDue() {
		s.pings++
		s.append(&Frame{Kind: KindPing, ID: s.pings})
		s.spoke, s.pinged = now, now
		s.journal.forgetSpare()
	}
	return nil
}

// pingDue is the time at which the bridge sends a Ping: when either direction has been silent for a heartbeat. A page
// cannot be relied on to send Pings, because browsers slow the timers of a hidden tab down to one a minute. But a page
// answers a Ping at once.
func (s *Session) pingDue() time.Duration {
	return min(max(s.heard, s.pinged), s.spoke) + s.heartbeat
}

// Next is the time at which Tick has something to do.
func (s *Session) Next() time.Duration {
	next := s.heard + 2*s.heartbeat
	if s.cfg.Bridge && s.phase == open {
		next = min(next, s.pingDue())
	}
	if s.owesAck() {
		next = min(next, s.keeping.ackAt)
	}
	return s.probing.nextProbe(next)
}
