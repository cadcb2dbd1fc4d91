package core

import "time"

// softBatch is the number of bytes at which a WebSocket message stops growing. It is large enough to spread the cost of a
// WebSocket message over many frames, and small enough that a heartbeat never waits long behind it. A single frame that is
// larger gets a WebSocket message of its own.
const softBatch = 64 << 10

// Queued is the number of bytes that wait to be taken with Take.
func (s *Session) Queued() int { return len(s.control) + len(s.out) - s.head }

// Held is the number of bytes of memory that there is for frames which were not taken yet, or not acknowledged.
func (s *Session) Held() int { return cap(s.control) + cap(s.out) }

// Discard drops every frame, when the session is over.
func (s *Session) Discard() { s.control, s.out, s.base, s.head, s.reach = nil, nil, 0, 0, 0 }

// Ready tells whether Take has something to give. Queued bytes may still have to wait: until the session is open, or until
// the peer acknowledges what it was sent before.
func (s *Session) Ready() bool { return len(s.control) > 0 || s.head < len(s.out) && s.mayTake() }

func (s *Session) mayTake() bool { return s.phase == open && s.head-s.base < s.cfg.Window }

// Take appends the next WebSocket message to dst: everything that is queued, up to softBatch bytes, and at least one frame.
// It returns dst unchanged when there is nothing to write. The caller has to write what it took.
func (s *Session) Take(dst []byte, now time.Duration) []byte {
	if !s.Ready() {
		return dst
	}
	s.acknowledgeAlong()
	limit := min(softBatch, s.peerLimit)
	before := len(dst)
	dst = s.takeControl(dst, limit)
	if len(s.control) == 0 && s.head < len(s.out) && s.mayTake() {
		dst = s.takeNumbered(dst, limit, len(dst)-before)
	}
	if !s.Resumable() {
		s.base = s.head
	}
	s.spoke = now
	s.probing.took(now)
	s.closeUp()
	return dst
}

// takeControl takes the frames of the connection itself, which go before all numbered ones.
func (s *Session) takeControl(dst []byte, limit int) []byte {
	n := batchSize(s.control, limit, true)
	dst = append(dst, s.control[:n]...)
	s.control = s.control[:copy(s.control, s.control[n:])]
	return dst
}

// takeNumbered takes numbered frames up to the limit, behind the given number of bytes of control frames. A single frame
// above the limit goes out with those control frames in front of it. It must not wait for a WebSocket message without
// control frames, because under a steady stream there may never be one.
func (s *Session) takeNumbered(dst []byte, limit, control int) []byte {
	queued := s.out[s.head:]
	n := batchSize(queued, limit-control, control == 0)
	if n == 0 {
		if one := batchSize(queued, 0, true); control+one <= s.peerLimit {
			n = one
		}
	}
	s.head += n
	s.reach = max(s.reach, s.head)
	return append(dst, queued[:n]...)
}

// maxControl is how many bytes of Pongs and Acks may wait for a peer that does not read them.
const maxControl = 1 << 20

// closeUp reclaims the space of frames that are not needed any more, once they take more space than those that are left.
// Without it, a queue that never empties would grow for ever.
func (s *Session) closeUp() {
	left := s.out[s.base:]
	switch {
	case cap(s.out) > 2*len(left)+4*softBatch:
		s.out = append([]byte(nil), left...) // what was once queued must not hold its memory for the life of the connection
	case s.base < len(left):
		return
	default:
		s.out = s.out[:copy(s.out, left)]
	}
	s.head -= s.base
	s.reach -= s.base
	s.base = 0
}

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
