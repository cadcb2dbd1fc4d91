package core

import (
	"encoding/binary"
	"time"
)

// How many frames, how many bytes and how long a receiver may wait before it acknowledges; the first of the three that is
// reached counts. An Ack also goes along with anything else that the receiver writes.
const (
	ackFrames = 4096
	ackBytes  = 256 << 10
	ackDelay  = time.Second
)

// keeping is what lets a session outlive its WebSocket (PROTOCOL.md, section 11). Each end keeps the numbered frames that
// it sent until the other end has acknowledged them. After a cut it sends again what the other end lacks.
type keeping struct {
	confirmed bool   // the peer has spoken since Welcome
	refused   Code   // only at the bridge: why the token in Hello could not be used; it is told in Welcome
	token     []byte // names the session; nil: the session ends with its WebSocket
	cuts      int    // how often the session was cut

	acked uint64        // how many of the received frames this end has acknowledged
	size  int           // bytes received since then
	ackAt time.Duration // the time at which the next Ack is due at the latest

	retain time.Duration // how long the bridge keeps the session after a cut
}

// Keep makes a session of the bridge resumable, for the time retain after a cut, under this token, which has to be
// unguessable. The bridge calls it before Welcome. refused tells the client why the token that it presented could not be
// used; OK means that it presented none.
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
func (s *Session) Unacknowledged() int { return s.journal.unacknowledged() }

// Sent is the number of the last frame that was appended, Acknowledged that of the last one that the peer has acknowledged.
func (s *Session) Sent() uint64         { return s.sent }
func (s *Session) Acknowledged() uint64 { return s.peerSeq }

// Cut tells the session that its WebSocket has ended. A session that is Resumable goes on with the next WebSocket: the
// client calls Greet, and the bridge answers with Resume. What is appended until then waits.
func (s *Session) Cut() {
	s.phase = greeting
	s.control = nil
	s.keeping.confirmed = false
	s.keeping.cuts++
	s.journal.forgetSpare()
	s.probing.cut()
}

// Waiting is the number of bytes of numbered frames that were not taken yet.
func (s *Session) Waiting() int { return s.journal.untaken() }

// HoldsMessages tells whether messages, requests or answers wait to be taken, or may have to be sent again after a cut.
func (s *Session) HoldsMessages() bool {
	place := s.journal.head
	if s.phase != open {
		place = s.journal.base
	}
	for rest := range s.journal.from(place) {
		for len(rest) > 0 {
			kind, _, next, err := SplitFrame(rest)
			if err != nil || kind == KindMessage || kind == KindRequest || kind == KindReply {
				return true
			}
			rest = next
		}
	}
	return false
}

// CanResume tells whether this end still has every frame that a client lacks which has received seq frames. If it does not,
// the session has to be ended. An error says that the client claims more than it was ever sent.
func (s *Session) CanResume(seq uint64) (bool, error) {
	if seq < s.peerSeq {
		return false, nil
	}
	if _, ok := s.journal.skip(seq - s.peerSeq); !ok {
		return false, errAckAhead
	}
	return true, nil
}

// Resume answers, at the bridge, the Hello of a client that has presented the session's token on a new WebSocket. What the
// client lacks is sent again. token replaces the one that was presented.
func (s *Session) Resume(hello *Frame, token []byte, now time.Duration) error {
	if err := s.setPeerLimit(hello.Limit); err != nil {
		return err
	}
	if err := s.acked(hello.Seq); err != nil {
		return err
	}
	s.hear(hello.Flags)
	s.journal.rewind()
	s.heard, s.spoke = now, now
	s.Keep(token, s.keeping.retain, OK)
	s.welcomeWith(FlagResumed)
	return nil
}

// Revive prepares the client's end for its Hello on a new WebSocket.
func (s *Session) Revive(now time.Duration) {
	s.Cut()
	s.heard, s.spoke = now, now
}

// welcomed handles Welcome at the client: the session goes on, or a new one begins.
func (s *Session) welcomed(f *Frame) error {
	k := &s.keeping
	s.probeWelcomed(f.Flags&FlagResumed != 0)
	if f.Flags&FlagResumed != 0 {
		if !s.Resumable() {
			return closeWith(CloseState, "resumed what was not to be")
		}
		if err := s.acked(f.Seq); err != nil {
			return err
		}
		s.journal.rewind()
	} else {
		s.journal = journal{mostSpare: s.cfg.Spare}
		s.sent, s.received, s.peerSeq = 0, 0, 0
	}
	k.token, k.retain = nil, 0
	if f.Retain > 0 && len(f.Name) > 0 {
		k.token = append([]byte(nil), f.Name...)
		k.retain = time.Duration(min(f.Retain, uint64(maxRetain/time.Millisecond))) * time.Millisecond
		s.sendAck() // tells the bridge that the new token has arrived
	}
	k.acked, k.size = s.received, 0
	return nil
}

// maxRetain is the longest time for which a client believes that a bridge keeps its session.
const maxRetain = 24 * time.Hour

// acked handles an acknowledgement: the peer has received seq numbered frames, so these need not be kept any more.
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
	place, ok := s.journal.skip(seq - s.peerSeq)
	if !ok {
		return errAckAhead
	}
	s.journal.acknowledge(place, seq-s.peerSeq)
	s.peerSeq = seq
	return nil
}

var errAckAhead = closeWith(CloseState, "Ack of frames that were never sent")

// acknowledge notes that a batch of so many bytes came in, and sends an Ack if one is due.
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
	s.control = append(s.control, byte(1+uvarintSize(s.received)), byte(KindAck)) // without a Frame, which is large
	s.control = binary.AppendUvarint(s.control, s.received)
}
