package session

import "time"

// closingTime is how long the connections of a session that was left late may take to end, and backends to notice. What they send meanwhile is lost
// as well, so the gap comes behind it.
const closingTime = 500 * time.Millisecond

// awaitLate has the client told should its last session, for which a token was presented in vain, still be at another bridge. That one may
// have stood still, and been given up; until it goes on, and learns where its client is, backends that share out their messages give it
// some. These are lost behind the gap that the client reports when it begins anew, so there has to be another one. It is called before the
// session is anybody's.
func (s *session) awaitLate(presented []byte) {
	soon := time.AfterFunc(never, s.missed)
	forget := s.registry.moves.Late(presented, func() { soon.Reset(closingTime) })
	s.forgetLate = func() {
		forget()
		soon.Stop()
	}
}

// missed tells the client, of each socket that it may concern, that nobody knows how many messages are missing.
func (s *session) missed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return
	}
	for h := range s.sockets.Values() {
		h.socket.Missed()
	}
}
