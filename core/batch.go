package core

import "time"

// softBatch is where a WebSocket message stops growing. Large enough to spread the cost of a WebSocket message, small
// enough that a heartbeat never waits long behind it. A single larger frame travels alone.
const softBatch = 64 << 10

// Queued is the number of bytes waiting to be taken.
func (s *Session) Queued() int { return len(s.control) + len(s.out) - s.head }

// Ready tells whether Take has something to give. Bytes may be queued and have to wait: for the session to be open, or
// for the peer to acknowledge what it was sent.
func (s *Session) Ready() bool { return len(s.control) > 0 || s.head < len(s.out) && s.mayTake() }

func (s *Session) mayTake() bool { return s.phase == open && s.head-s.base < s.cfg.Window }

// Take appends the next WebSocket message to dst: everything queued up to a sensible size, at least one frame. It
// returns dst unchanged when there is nothing to write. What was taken is the caller's to write.
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
	s.closeUp()
	return dst
}

// takeControl takes what goes first.
func (s *Session) takeControl(dst []byte, limit int) []byte {
	n := batchSize(s.control, limit, true)
	dst = append(dst, s.control[:n]...)
	s.control = s.control[:copy(s.control, s.control[n:])]
	return dst
}

// takeNumbered takes frames up to the limit, behind so many bytes of control frames. One above the limit travels with
// those at most: it must not wait for a moment without any, which may never come.
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

// closeUp reclaims the space of what is not needed any more, once it is more than what is left: a queue that never
// empties must not grow for ever.
func (s *Session) closeUp() {
	left := s.out[s.base:]
	switch {
	case len(left) == 0 && cap(s.out) > 4*softBatch:
		s.out = nil // one large message must not hold its memory for the life of the connection
	case s.base < len(left):
		return
	default:
		s.out = s.out[:copy(s.out, left)]
	}
	s.head -= s.base
	s.reach -= s.base
	s.base = 0
}

// batchSize is the length of the whole frames at the start of b that fit limit; at least one, if it may exceed it.
func batchSize(b []byte, limit int, exceed bool) int {
	if len(b) <= limit {
		return len(b)
	}
	n := 0
	for n < len(b) {
		_, _, rest, err := SplitFrame(b[n:])
		if err != nil {
			return len(b) // cannot be: AppendFrame wrote it
		}
		end := len(b) - len(rest)
		if end > limit && (n > 0 || !exceed) {
			break
		}
		n = end
	}
	return n
}
