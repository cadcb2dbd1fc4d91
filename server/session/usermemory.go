package session

import (
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// holder is whose memory it is that the line's client costs: that of the user with this key, or of all at one network address who
// are nobody in particular. Empty: it is not counted by that.
func (l *line) holder(userKey string) string {
	switch {
	case userKey != "":
		return "user " + userKey
	case l.origin != "":
		return "address " + l.origin
	}
	return ""
}

var errUserFull = core.NewCloseError(core.CloseOverloaded, "too much is held for all clients of this user, and this one had the most of it")

// shedForUser ends the session because all clients of its user hold too much together.
func (s *session) shedForUser() {
	r := s.registry
	r.counters.Hit(limit.UserMemory)
	if r.userFull.due(r.now()) {
		s.log().Warn("a client is disconnected, because too much is held for its user and this client had the most of it")
	}
	s.makeRoom(errUserFull)
}

// shedForUser ends the WebSocket, likewise; its session goes on.
func (c *lineCost) shedForUser() {
	l := c.line
	l.registry.counters.Hit(limit.UserMemory)
	if l.registry.userFull.due(l.registry.now()) {
		l.registry.cfg.Log.Warn("a WebSocket is closed, because too much is held for its user and most of it is being read or written there",
			"remote", l.request.RemoteAddr, "holder", l.holds)
	}
	c.makeRoom(errUserFull)
}

// second lets something be said once a second.
type second struct{ last atomic.Int64 }

func (s *second) due(now time.Duration) bool {
	last := s.last.Load()
	return (last == 0 || now-time.Duration(last) >= time.Second) && s.last.CompareAndSwap(last, max(1, int64(now)))
}
