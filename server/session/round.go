package session

import "github.com/zmqwebbridge/zmqwebbridge/server/burst"

// writeWith has a round write what there is to write; without one, or where it cannot, it is written at once. The lock is held, and
// no other.
func (s *session) writeWith(r *burst.Round) {
	l := s.line
	if r == nil || l == nil || l.out.busy || l.cause != nil || l.out.direct == nil {
		s.writeNow()
		return
	}
	if pieces := s.nextMessage(l.out.pieces[:0]); len(pieces) > 0 {
		l.out.busy, l.out.pieces = true, pieces
		r.Add(l)
		return
	}
	s.afterWriting()
}

// WritePrepared implements burst.Writer. The line is busy, so it belongs to the round.
func (l *line) WritePrepared() { l.out.sent, l.out.failed = l.out.direct.TryWrite(l.out.pieces) }

// Wrote implements burst.Writer: the line is free again, unless the network has not taken everything, or the line has ended
// meanwhile; then the goroutine goes on.
func (l *line) Wrote() {
	s, out := l.session, &l.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if unfinished := !out.sent && out.failed == nil; unfinished || l.cause != nil {
		if unfinished {
			l.cost.Writes(sizeOf(out.pieces), s.keepsWritten())
		}
		out.pieces = nil
		go l.write(unfinished)
		return
	}
	out.busy = false
	if out.failed != nil {
		l.endLocked(asClose(out.failed))
		return
	}
	l.wrote(out.pieces)
	if s.outbox.Ready() || s.engine.Ready() {
		s.writeNow() // what has come meanwhile
		return
	}
	s.afterWriting()
}
