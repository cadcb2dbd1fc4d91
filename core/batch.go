package core

import "time"

// softBatch is the number of bytes at which a WebSocket message stops growing. It is large enough to spread the cost of a
// WebSocket message over many frames, and small enough that a heartbeat never waits long behind it. A single frame that is
// larger gets a WebSocket message of its own.
const softBatch = 64 << 10

// Queued is the number of bytes that wait to be taken with Take.
func (s *Session) Queued() int { return len(s.control) + s.journal.untaken() }

// Held is the number of bytes of memory that there is for frames which were not taken yet, or not acknowledged.
func (s *Session) Held() int { return cap(s.control) + cap(s.spoken) + s.journal.memory() }

// Lent is how many of the spans that were ever appended were not copied but referred to, and Returned how many of those are
// referred to no more, which are the first ones.
func (s *Session) Lent() uint64 { return s.journal.lent }

// Returned is explained at Lent.
func (s *Session) Returned() uint64 { return s.journal.returned }

// Discard drops every frame, when the session is over.
func (s *Session) Discard() { s.control, s.spoken, s.journal = nil, nil, journal{} }

// Ready tells whether Take has something to give. Queued bytes may still have to wait: until the session is open, or until
// the peer acknowledges what it was sent before.
func (s *Session) Ready() bool { return len(s.control) > 0 || s.journal.untaken() > 0 && s.mayTake() }

func (s *Session) mayTake() bool { return s.phase == open && s.journal.unacknowledged() < s.cfg.Window }

// Take appends the next WebSocket message to dst: everything that is queued, up to softBatch bytes, and at least one frame.
// It returns dst unchanged when there is nothing to write. The caller has to write what it took.
func (s *Session) Take(dst []byte, now time.Duration) []byte {
	var few [8][]byte
	for _, span := range s.TakeSpans(few[:0], now) {
		dst = append(dst, span...)
	}
	s.Written()
	return dst
}

// TakeSpans is Take without a copy: the WebSocket message is the spans that it appends to dst, one after the other. They may be used
// until Written is called, the first of them only until the next TakeSpans.
func (s *Session) TakeSpans(dst [][]byte, now time.Duration) [][]byte {
	if !s.Ready() {
		return dst
	}
	s.acknowledgeAlong()
	limit := min(softBatch, s.peerLimit)
	dst, control := s.takeControl(dst, limit)
	if len(s.control) == 0 && s.journal.untaken() > 0 && s.mayTake() {
		dst = s.takeNumbered(dst, limit, control)
	}
	if !s.Resumable() {
		s.forgetTaken()
	}
	s.spoke = now
	s.probing.took(now)
	return dst
}

// takeControl takes the frames of the connection itself, which go before all numbered ones.
func (s *Session) takeControl(dst [][]byte, limit int) ([][]byte, int) {
	n := batchSize(s.control, limit, true)
	if n == 0 {
		return dst, 0
	}
	if cap(s.spoken) > maxPiece {
		s.spoken = nil
	}
	s.control, s.spoken = append(s.spoken[:0], s.control[n:]...), s.control[:n]
	return append(dst, s.spoken), n
}

// takeNumbered takes numbered frames up to the limit, behind the given number of bytes of control frames. A single frame
// above the limit goes out with those control frames in front of it. It must not wait for a WebSocket message without
// control frames, because under a steady stream there may never be one.
func (s *Session) takeNumbered(dst [][]byte, limit, control int) [][]byte {
	dst, n := s.journal.take(dst, limit-control, control == 0)
	if n > 0 {
		return dst
	}
	if one := s.journal.next(); control+one <= s.peerLimit {
		dst, _ = s.journal.take(dst, one, true)
	}
	return dst
}

// forgetTaken forgets what was taken, where nothing is kept.
func (s *Session) forgetTaken() { s.journal.forget(s.journal.head) }

// maxControl is how many bytes of Pongs and Acks may wait for a peer that does not read them.
const maxControl = 1 << 20

// batchSize is the length in bytes of the whole frames at the start of b that fit into limit bytes. If exceed is set it is
// at least one frame, even when that frame is larger than limit.
func batchSize(b []byte, limit int, exceed bool) int {
	if len(b) <= limit {
		return len(b)
	}
	n := 0
	for n < len(b) {
		_, _, rest, err := SplitFrame(b[n:])
		if err != nil {
			return len(b) // does not happen, because AppendFrame wrote it
		}
		end := len(b) - len(rest)
		if end > limit && (n > 0 || !exceed) {
			break
		}
		n = end
	}
	return n
}
