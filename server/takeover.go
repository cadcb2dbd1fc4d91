package server

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// takeOver ends the sessions that have what up asks for while their clients are away, if they are the same user's: a
// program that was started again has its identity, or its address, at once. One that comes back in spite of it is told
// that its session is gone.
func (r *retention) takeOver(up *upstream) {
	mine := up.socket.session
	mine.mu.Lock()
	user, request := mine.user, mine.request
	mine.mu.Unlock()
	r.mu.Lock()
	waiting := slices.Clone(r.cut)
	r.mu.Unlock()
	for _, s := range waiting {
		if s != mine && s.holds(up) && s.belongsTo(user, request) {
			r.expire(s)
		}
	}
}

// holds tells whether a session without a line has the identity or the address.
func (s *session) holds(up *upstream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != nil {
		return false
	}
	for _, k := range s.sockets {
		if k.typ != up.socket.typ || k.typ == core.REP && k.identity != up.socket.identity {
			continue
		}
		for _, other := range k.endpoints {
			if other.refused == nil && other.access.Bind && other.access.Endpoint == up.access.Endpoint {
				return true
			}
		}
	}
	return false
}
