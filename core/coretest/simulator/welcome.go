package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// hello answers the Hello of a page or a stranger. The bridge resumes the session whose token was presented, begins a new
// one, or turns the client away.
func (l *line) hello(f *core.Frame) error {
	b := l.bridge
	if !b.sim.calm && b.sim.chance(b.sim.climate.fragile) {
		b.sim.After(b.sim.around(b.sim.climate.latency), l.conn.cut)
	}
	if b.sim.Now() < b.closed {
		l.engine.GoAway(b.closed-b.sim.Now(), "not now")
		l.leaving = true
		return nil
	}
	old := b.tokens[string(f.Name)]
	if want, known := b.rightful(f); known && want != old {
		b.sim.fail("the token %s names %v, the bridge thinks %v", f.Name, want, old)
	}
	refused := core.OK
	if len(f.Name) > 0 {
		refused = core.Lost
	}
	if old != nil {
		resumed, code, err := l.resume(old, f)
		if resumed || err != nil {
			return err
		}
		refused = code
	}
	if page := l.conn.page; page != nil && old != nil {
		b.sim.fail("page %d cannot resume what it should: %v", page.number, refused)
	}
	l.begin(f, refused)
	return nil
}

// rightful returns the session that a token should name. It does not use the bridge's own map of tokens, so it is a check
// of it. Of each session the tokens count from the last one on that the page is known to have.
func (b *bridge) rightful(f *core.Frame) (s *bridgeSession, known bool) {
	if len(f.Name) == 0 {
		return nil, false
	}
	for _, s := range b.sessions {
		if i := slices.Index(s.issued, string(f.Name)); i >= s.proven && i >= 0 {
			return s, true
		}
	}
	return nil, true
}

// resume goes on with a session on this connection, if that is allowed.
func (l *line) resume(s *bridgeSession, f *core.Frame) (resumed bool, refused core.Code, err error) {
	b := l.bridge
	user, login := parseCredentials(string(f.Params))
	if s.user != user {
		return false, core.Denied, nil
	}
	complete, err := s.engine.CanResume(f.Seq)
	if err != nil {
		return false, 0, err
	}
	if !complete {
		s.drop("it cannot be resumed from where its page is")
		return false, core.Lost, nil
	}
	if old := s.line; old != nil {
		old.usurped = true
		old.close(core.NewCloseError(core.CloseGoingAway, "the session goes on elsewhere"))
	}
	s.handOver(f.Name)
	l.session, l.engine, s.line = s, s.engine, l
	l.conn.resumed, s.login = true, login
	s.retire(slices.Index(s.issued, string(f.Name)))
	b.sim.note("session %d goes on with %d, on conn %d", s.number, f.Seq, l.conn.number)
	return true, 0, s.engine.Resume(f, s.renew(), b.sim.Now())
}

// begin begins a new session.
func (l *line) begin(f *core.Frame, refused core.Code) {
	b := l.bridge
	user, login := parseCredentials(string(f.Params))
	s := &bridgeSession{bridge: b, number: b.sim.serial(), page: l.conn.page, user: user, login: login, engine: l.engine, line: l,
		byID: map[uint32]*bridgeSocket{}}
	l.session = s
	b.sessions = append(b.sessions, s)
	if b.sim.climate.retain > 0 {
		l.engine.Keep(s.renew(), b.sim.climate.retain, refused)
	}
	b.sim.note("session %d begins on conn %d", s.number, l.conn.number)
	l.engine.Welcome()
}

// renew issues a token. Until the page was heard, the tokens before it hold too, back to the last one that the page is
// known to have. The reason is that a Hello may be overtaken by that of the next attempt, and may come when the page has
// a newer token already.
func (s *bridgeSession) renew() []byte {
	b := s.bridge
	token := fmt.Sprint("token ", b.sim.serial())
	for i, old := range s.issued {
		if b.sim.Sabotage.ForgetsLastToken || b.sim.Sabotage.HoldsTwoTokens && i > s.proven {
			delete(b.tokens, old)
		}
	}
	s.issued = append(s.issued, token)
	b.tokens[token] = s
	return []byte(token)
}

// heard notes that the page has its latest token.
func (s *bridgeSession) heard() {
	if s.engine.Confirmed() {
		s.retire(len(s.issued) - 1)
	}
}

// retire notes that the page has the token at this index. Those before it are not valid any more.
func (s *bridgeSession) retire(proven int) {
	if s.proven >= proven {
		return
	}
	if !s.bridge.sim.Sabotage.KeepsUsedTokens {
		for _, used := range s.issued[s.proven:proven] {
			delete(s.bridge.tokens, used)
		}
	}
	s.proven = proven
}

// turnAway makes the bridge turn everybody away for a while.
func (b *bridge) turnAway(d time.Duration) { b.closed = b.sim.Now() + d }
