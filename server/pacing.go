package server

import "time"

// settle puts a lane that has changed where it belongs: with those of its socket that may be sent, with those of the
// session that wait for their time, or with neither. The main lane is none of these.
func (s *session) settle(l *lane) {
	ready := &l.socket.outbox.own.ready
	switch {
	case l.len() == 0:
		l.leave()
	case l.interval == 0 || l.in == ready: // once its time has come, it stays: only credit is missing
		ready.put(l, l.first().arrival)
	case l.in == nil:
		s.paced.put(l, int64(l.due))
		if s.paced.first() == l {
			s.wakeWriter() // which may be asleep for longer
		}
	}
}

// sent is told that a message of a lane has just been sent: the next one waits for its time.
func (s *session) sent(l *lane, now time.Duration) {
	if l.interval > 0 {
		l.leave()
		l.due = now + l.interval
	}
	s.settle(l)
}

// releaseDue lets go the lanes whose time has come.
func (s *session) releaseDue(now time.Duration) {
	for l := s.paced.first(); l != nil && l.due <= now; l = s.paced.first() {
		l.socket.outbox.own.ready.put(l, l.first().arrival)
		s.activate(l.socket)
	}
}

// nextDue is when fill or the engine has something to do.
func (s *session) nextDue() time.Duration {
	due := s.engine.Next()
	if l := s.paced.first(); l != nil {
		due = min(due, l.due)
	}
	return due
}
