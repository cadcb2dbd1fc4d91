package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// costs is what the session itself holds for its client. Its sockets have charges of their own, see Handle.Charge.
type costs struct {
	connection *account.Charge // the session, and the handshake it remembers
	queue      *account.Charge // frames that were not written
	window     *account.Charge // frames that were not acknowledged, and the room there is for more
	outbox     *account.Charge
	aside      *account.Charge // frames that have come and have yet to be handled
	refusals   refusals
}

// sessionPlace is what a session costs at rest.
const sessionPlace = 8 << 10

func (s *session) openAccount() {
	s.account = s.registry.memory.Open(&s.mu, s.shed)
	s.costs = costs{connection: s.account.Charge(account.Connection), queue: s.account.Charge(account.Queue),
		window: s.account.Charge(account.Window), outbox: s.account.Charge(account.Outbox), aside: s.account.Charge(account.Reading)}
}

// settle brings the account up to date with what the engine and the outbox hold, and bounds by it what may wait in the
// outbox. The lock is held.
func (s *session) settle() {
	s.settleShared()
	limit, waiting := s.limit(), s.outbox.Bytes()
	bound := min(limit/2, limit-limit/16-s.account.Held()+waiting)
	if s.account.Tight() {
		bound = min(bound, max(waiting, tightOutbox))
	}
	s.outbox.Bound(bound)
}

// settleShared notes what waits for the client, and what of it others have in common. The lock is held.
func (s *session) settleShared() {
	s.outbox.Return(s.engine.Returned())
	waiting, referred := s.outbox.Borrowed()
	queued := s.engine.Queued()
	window := s.engine.Held() - queued
	inWindow := min(window, referred)
	s.costs.queue.SetShared(queued, min(queued, referred-inWindow))
	s.costs.window.SetShared(window, inWindow)
	s.costs.outbox.SetShared(s.outbox.Bytes(), waiting)
	if n := s.outbox.TakeGrowth(); n != 0 {
		s.registry.memory.Share(n)
	}
}

// tightOutbox is what may wait for a client however short the bridge is of memory, so that one that reads misses little.
const tightOutbox = 64 << 10

// limit is how many bytes may be held for the client; less when it is not there. The lock is held.
func (s *session) limit() int {
	most := s.registry.limits().MaxQueued
	if s.line == nil {
		return min(most, s.registry.cfg.RetainBytes)
	}
	return most
}

// fits tells whether so many bytes more may be held. Half of the limit is for messages of subscriptions, which may fill it,
// and the last sixteenth for frames that have to be sent whatever happens: refusals, and news of endpoints. The lock is
// held.
func (s *session) fits(size int) bool {
	limit := s.limit()
	return s.account.Held()+size <= limit-limit/16 && (!s.account.Tight() || s.modest(size))
}

// modest tells whether so little more may be held although memory is short. What the connection itself takes does not count: everybody
// has one. The lock is held.
func (s *session) modest(size int) bool {
	return s.account.Modest(s.account.Held() - s.account.HeldAs(account.Connection) + size)
}

// overfull tells whether more is held than may be: the client does not read what it has asked for. The lock is held.
func (s *session) overfull() bool { return s.account.Held() > s.limit() }

var errNotReading = core.NewCloseError(core.CloseOverloaded, "too much is held for this client, which does not read its answers")

// refusals bounds the errors that a client is sent and does not read. Each is small, costs the client nothing, and there
// may be millions.
type refusals struct {
	bytes int
	since uint64 // the number of the first of them
}

const (
	maxRefusals  = 4 << 20
	refusalPlace = 16
)

// refused is told of an error that is sent to the client, and tells whether it was one too many. The lock is held.
func (s *session) refused(f *core.Frame) (excess bool) {
	if f.Kind != core.KindFailed && f.Kind != core.KindRefused && f.Kind != core.KindUnsubscribed {
		return false
	}
	r := &s.costs.refusals
	if s.engine.Acknowledged() >= r.since || s.engine.Queued()+s.engine.Unacknowledged() < refusalPlace {
		r.bytes, r.since = 0, s.engine.Sent()
	}
	r.bytes += len(f.Text) + refusalPlace
	return r.bytes > maxRefusals
}

// shed ends the session to make room for others.
func (s *session) shed() {
	s.registry.counters.Shed.Add(1)
	s.registry.counters.Hit(limit.Memory)
	s.mu.Lock()
	held := s.account.Held()
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
	case <-l.done:
	case <-time.After(patience):
		l.ctx.End()
		l.conn.Drop()
	}
}
