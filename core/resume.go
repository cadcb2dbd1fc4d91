package core

import "time"

// How long a receiver may wait before it acknowledges: whichever comes first. Whatever else it has to say takes the Ack
// along.
const (
	ackFrames = 4096
	ackBytes  = 256 << 10
	ackDelay  = time.Second
)

// keeping is what lets a session outlive its WebSocket (PROTOCOL.md, section 11): each end keeps the numbered frames it
// sent until the other has acknowledged them, and after a cut sends again what the other lacks.
type keeping struct {
	token     []byte        // names the session; nil: it ends with its WebSocket
	retain    time.Duration // how long the bridge keeps it after a cut
	refused   Code          // bridge: why the token of Hello was of no use; for Welcome
	confirmed bool          // the peer has spoken since Welcome
	cuts      int           // how often the session was cut

	acked uint64        // received frames that were acknowledged
	size  int           // bytes received since
	ackAt time.Duration // when an Ack is due at the latest
}

// Keep makes the bridge's end resumable for retain after a cut, under this token, which has to be unguessable. It comes
// before Welcome. refused tells the client why the token it presented was of no use; OK: it presented none.
func (s *Session) Keep(token []byte, retain time.Duration, refused Code) {
	s.keeping.token, s.keeping.retain, s.keeping.refused = token, retain, refused
}

// Resumable tells whether the session outlives its WebSocket.
func (s *Session) Resumable() bool { return s.keeping.token != nil }

// Retain is how long the bridge keeps the session after a cut.
func (s *Session) Retain() time.Duration { return s.keeping.retain }

// Confirmed tells whether the peer has spoken since Welcome, so that it knows the token.
func (s *Session) Confirmed() bool { return s.keeping.confirmed }

// Unacknowledged is the number of bytes kept because the peer has not acknowledged them.
func (s *Session) Unacknowledged() int { return s.head - s.base }

// Cut is told that the WebSocket ended. A session that is Resumable goes on with the next one: the client Greets on it,
// the bridge answers with Resume. What is appended until then waits.
func (s *Session) Cut() {
	s.phase = greeting
	s.control = nil
	s.keeping.confirmed = false
	s.keeping.cuts++
}

// waiting is the number of bytes of numbered frames that were not taken yet.
func (s *Session) waiting() int { return len(s.out) - s.head }

// CanResume tells whether a client that received seq frames lacks none that this end has forgotten. One that cannot be
// resumed has to be ended; an error is a client that cannot count.
func (s *Session) CanResume(seq uint64) (bool, error) {
	if seq < s.peerSeq {
		return false, nil
	}
	if _, ok := s.skip(seq); !ok {
		return false, errAckAhead
	}
	return true, nil
}

// Resume answers, on the bridge's end, the Hello of a client that presented the token, on a new WebSocket: what the
// client lacks is sent again. token is for the next time.
func (s *Session) Resume(hello *Frame, token []byte, now time.Duration) error {
	if err := s.setPeerLimit(hello.Limit); err != nil {
		return err
	}
	if err := s.acked(hello.Seq); err != nil {
		return err
	}
	s.head = s.base
	s.heard, s.spoke = now, now
	s.Keep(token, s.keeping.retain, OK)
	s.welcomeWith(FlagResumed)
	return nil
}

// revive prepares the client's end for its Hello on a new WebSocket.
func (s *Session) revive(now time.Duration) {
	s.Cut()
	s.heard, s.spoke = now, now
}

// welcomed is the client's: the session goes on, or a new one begins.
func (s *Session) welcomed(f *Frame) error {
	k := &s.keeping
	if f.Flags&FlagResumed != 0 {
		if !s.Resumable() {
			return closeWith(CloseState, "resumed what was not to be")
		}
		if err := s.acked(f.Seq); err != nil {
			return err
		}
		s.head = s.base
	} else {
		s.out, s.base, s.head, s.reach = nil, 0, 0, 0
		s.sent, s.received, s.peerSeq = 0, 0, 0
	}
	k.token, k.retain = nil, 0
	if f.Retain > 0 && len(f.Name) > 0 {
		k.token = append([]byte(nil), f.Name...)
		k.retain = time.Duration(min(f.Retain, uint64(maxRetain/time.Millisecond))) * time.Millisecond
		s.sendAck() // says that the token has arrived
	}
	k.acked, k.size = s.received, 0
	return nil
}

// maxRetain is the longest a client believes in.
const maxRetain = 24 * time.Hour

// acked is told what the peer has received.
func (s *Session) acked(seq uint64) error {
	if seq < s.peerSeq {
		return closeWith(CloseState, "Ack goes back")
	}
	if !s.Resumable() { // nothing is kept
		if seq > s.sent {
			return errAckAhead
		}
		s.peerSeq = seq
		return nil
	}
	base, ok := s.skip(seq)
	if !ok {
		return errAckAhead
	}
	s.base, s.head, s.peerSeq = base, max(base, s.head), seq
	s.closeUp()
	return nil
}

var errAckAhead = closeWith(CloseState, "Ack of frames that were never sent")

// skip finds where the frames behind number seq begin. Those before it have been taken, or ok is false. That may have been
// for a WebSocket before this one: a Hello that was overtaken by the next has made the bridge go back further than it had to.
func (s *Session) skip(seq uint64) (base int, ok bool) {
	base = s.base
	for n := s.peerSeq; n < seq; n++ {
		if base >= s.reach {
			return 0, false
		}
		_, _, rest, err := SplitFrame(s.out[base:])
		if err != nil {
			return 0, false // cannot be: AppendFrame wrote it
		}
		base = len(s.out) - len(rest)
	}
	return base, true
}

// acknowledge notes that a batch came in, and says so when it is time.
func (s *Session) acknowledge(size int, now time.Duration) {
	if !s.owesAck() {
		return
	}
	k := &s.keeping
	if k.size == 0 {
		k.ackAt = now + ackDelay
	}
	k.size += size
	if k.size >= ackBytes || s.received-k.acked >= ackFrames {
		s.sendAck()
	}
}

func (s *Session) owesAck() bool {
	return s.phase == open && s.Resumable() && s.received > s.keeping.acked
}

func (s *Session) ackDue(now time.Duration) bool { return s.owesAck() && now >= s.keeping.ackAt }

// acknowledgeAlong adds an Ack to what is about to be written.
func (s *Session) acknowledgeAlong() {
	if s.owesAck() {
		s.sendAck()
	}
}

func (s *Session) sendAck() {
	s.keeping.acked, s.keeping.size = s.received, 0
	s.append(&Frame{Kind: KindAck, Seq: s.received})
}
