package core

import "time"

// SessionState is all that one end knows of a session which is Resumable. With it the session goes on elsewhere, for
// instance in a page that is loaded again, or at another bridge.
type SessionState struct {
	Token        []byte        // names the session; whoever has it can take the session over
	Retain       time.Duration // how long the bridge keeps the session after a cut
	Limit        int           // bytes of the largest WebSocket message that the other end accepts
	Shared       Capability    // the extensions that both ends have
	Received     uint64        // number of the last frame that came in
	Acknowledged uint64        // number of the last frame that the other end has acknowledged
	Frames       []byte        // those after it
}

// State is the state of this end. The token is the session's own: it is valid until its next call.
func (s *Session) State() SessionState {
	return SessionState{s.keeping.token, s.keeping.retain, s.peerLimit, s.shared, s.received, s.peerSeq, s.journal.bytes()}
}

// RestoreSession makes this end of a session in the state after a cut: a client calls Greet next, and the bridge Resume. It
// keeps the slices. The error says that the state is none in which a session can be.
func RestoreSession(cfg SessionConfig, state SessionState, now time.Duration) (*Session, error) {
	s := NewSession(cfg, now)
	frames, err := countFrames(state.Frames)
	if err != nil {
		return nil, err
	}
	if len(state.Token) == 0 || state.Retain > maxRetain || state.Limit < minLimit {
		return nil, errState
	}
	s.keeping.token, s.keeping.retain = state.Token, state.Retain
	s.peerLimit = state.Limit
	s.hear(uint64(state.Shared))
	s.received, s.keeping.acked = state.Received, state.Received
	s.peerSeq, s.sent = state.Acknowledged, state.Acknowledged+frames
	s.journal.restore(state.Frames, int(frames))
	return s, nil
}

// countFrames counts frames that are numbered; an error says that there is something else among them.
func countFrames(frames []byte) (n uint64, err error) {
	for ; len(frames) > 0; n++ {
		kind, _, rest, err := SplitFrame(frames)
		if err != nil || !kind.Numbered() {
			return 0, errState
		}
		frames = rest
	}
	return n, nil
}

var errState = NewError(Invalid, "not the state of a session")
