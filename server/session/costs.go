package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// settle brings the account up to date, and bounds by it what may wait. The lock is held.
func (s *session) settle() {
	if n := s.costs.Settle(s.engine, &s.outbox, s.limit()); n != 0 {
		s.registry.memory.Share(n)
	}
}

// engine is how the engines of sessions are configured.
func (r *Registry) engine(maxMessage int) core.SessionConfig {
	return core.SessionConfig{Bridge: true, MaxMessage: maxMessage, Heartbeat: r.cfg.Heartbeat, Agent: r.cfg.Agent, Spare: r.spare}
}

// How much memory the engines keep that they do not need at the moment: so much of it all together, and none of them more than the
// replies are in that a client gets between two of its acknowledgements.
const (
	allSpare  = 64 << 20
	mostSpare = 128 << 10
)

// spare is how much one engine may keep: a little part of what may be held for its client, and of what may be held for all.
func (r *Registry) spare() int {
	limits := r.limits()
	return min(mostSpare, limits.MaxQueued/16, r.memory.Even(min(allSpare, limits.Memory/16)))
}

// limit is how many bytes may be held for the client; less when it is not there. The lock is held.
func (s *session) limit() int {
	most := s.registry.limits().MaxQueued
	if s.line == nil {
		return min(most, s.registry.cfg.RetainBytes)
	}
	return most
}

// overfull tells whether more is held than may be: the client does not read what it has asked for. The lock is held.
func (s *session) overfull() bool { return s.costs.Held() > s.limit() }

var errNotReading = core.NewCloseError(core.CloseOverloaded, "too much is held for this client, which does not read its answers")

// Fits tells whether so many bytes more may be held for the client: what is to be sent to it, or what it asks for. The
// lock is held.
func (h *Handle) Fits(size int) bool {
	if h.session.costs.Fits(size, h.session.limit()) {
		return true
	}
	met := limit.Queued
	switch {
	case h.session.registry.memory.Tight():
		met = limit.Memory
	case h.session.costs.Tight():
		met = limit.UserMemory
	}
	h.Counters().Hit(met)
	return false
}

// Room is how many bytes more Fits allows for sure. The lock is held.
func (h *Handle) Room() int { return h.session.costs.Room(h.session.limit()) }

// Share is how much of a number of bytes one socket should be given credit for, so that there is room for what it has sent, and for
// others beside it.
func (h *Handle) Share(bytes int) int { return min(bytes, h.session.registry.limits().MaxQueued/4) }

// ErrFull is what a client is told whose request, message or endpoint does not fit.
var ErrFull = core.NewError(core.Busy, "too much is held for this client")

// Crowded tells whether much of what may be held for the client waits for backends that do not take it. The half of what may
// stay when the client goes away is left, so that slow backends do not end its session. The lock is held.
func (h *Handle) Crowded() bool {
	s := h.session
	r := s.registry
	return s.costs.HeldAs(account.Sending)+s.costs.HeldAs(account.Lingering) > min(r.limits().MaxQueued, r.cfg.RetainBytes)/2
}

// Lingerer passes on what a client has sent, after the socket was closed.
type Lingerer interface {
	// GiveUp makes it forget all that waits. It is called without a lock, perhaps after the end.
	GiveUp()
}

// Linger notes that something lingers, and tells whether it may. Lingered takes it off the books. The lock is held.
func (h *Handle) Linger(l Lingerer) bool {
	s := h.session
	if s.shedding {
		return false
	}
	if s.lingering == nil {
		s.lingering = map[Lingerer]struct{}{}
	}
	s.lingering[l] = struct{}{}
	return true
}

// Lingered is told that it has ended. The lock is held.
func (h *Handle) Lingered(l Lingerer) { delete(h.session.lingering, l) }

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
	if r.userFull.Due(r.now()) {
		s.log().Warn("a client is disconnected, because too much is held for its user and this client had the most of it")
	}
	s.makeRoom(errUserFull)
}

// shedForUser ends the WebSocket, likewise; its session goes on.
func (l *line) shedForUser() {
	l.registry.counters.Hit(limit.UserMemory)
	if l.registry.userFull.Due(l.registry.now()) {
		l.registry.cfg.Log.Warn("a WebSocket is closed, because too much is held for its user and most of it is being read or written there",
			"remote", l.request.RemoteAddr, "holder", l.holds)
	}
	l.makeRoom(errUserFull)
}

// shed ends the session to make room for others.
func (s *session) shed() {
	s.registry.counters.Shed.Add(1)
	s.registry.counters.Hit(limit.Memory)
	s.mu.Lock()
	held := s.costs.Held()
	s.mu.Unlock()
	s.log().Warn("a client is disconnected, because the bridge is short of memory and this client had the most of it", "bytes", held)
	s.makeRoom(errShort)
}

// makeRoom ends the session, so that what it holds is given back soon.
func (s *session) makeRoom(cause *core.CloseError) {
	s.mu.Lock()
	lingering, line := s.lingering, s.line
	s.lingering, s.shedding = nil, true
	s.mu.Unlock()
	s.end(cause)
	if line != nil {
		s.registry.background(func() { line.dropAfter(shedPatience) })
	}
	for l := range lingering {
		l.GiveUp()
	}
}

// shedPatience is how long a client that goes to make room for others has to read why.
const shedPatience = time.Second

// dropAfter ends a WebSocket whose end takes longer than that: nobody reads at the other end.
func (l *line) dropAfter(patience time.Duration) {
	select {
	case <-l.done.Done():
	case <-time.After(patience):
		l.ctx.End()
		l.conn.Drop()
	}
}

var errShort = core.NewCloseError(core.CloseOverloaded, "the bridge is short of memory, and this client had the most of it")

// hold is told what the message that is being read is about to take; over HTTP it is told so by another goroutine than the reading
// one. The error ends the WebSocket; its session can go on over another one.
func (l *line) hold(bytes int) error {
	may := l.cost.Hold(bytes)
	if l.owes.Store(true); may { // only now, so that whoever takes it back finds what there is to take back
		return nil
	}
	switch {
	case l.registry.memory.Tight():
		l.registry.counters.Hit(limit.Memory)
	case l.cost.Tight():
		l.registry.counters.Hit(limit.UserMemory)
	}
	return errShort
}

// handled takes off the account what was read and has been handled.
func (l *line) handled() {
	if l.owes.Load() {
		l.owes.Store(false)
		l.cost.Handled()
	}
}

// shed ends the WebSocket to make room for others; its session goes on.
func (l *line) shed() {
	l.registry.counters.Shed.Add(1)
	l.registry.counters.Hit(limit.Memory)
	l.registry.cfg.Log.Warn("a WebSocket is closed, because the bridge is short of memory and most of it is being read or written there",
		"remote", l.request.RemoteAddr)
	l.makeRoom(errShort)
}

// makeRoom ends the WebSocket, so that what is held for it is given back soon.
func (l *line) makeRoom(cause *core.CloseError) {
	l.cost.End()
	l.registry.background(func() { l.conn.Close(cause.Close, cause.Reason) })
	l.registry.background(func() { l.dropAfter(shedPatience) })
}
