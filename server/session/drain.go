package session

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
)

const drainText = "the bridge is shutting down"

// How long clients wait that come while sessions go to other bridges.
const (
	spread    = 2 * time.Millisecond   // between two sessions of a bridge that drains, so that not all clients come to the others at once
	turnedFor = 250 * time.Millisecond // until a client comes back that has come to the wrong bridge
)

// Drain asks every client to leave within a time, and waits until they have or ctx ends. Clients that come meanwhile are
// turned away, unless they resume a session: outstanding answers may be theirs. A session that was cut is not kept for that,
// though, if it has a PULL, DEALER, ROUTER or PAIR: it would take messages that its client, on another bridge, never gets.
//
// Where sessions can go to other bridges (Config.Depot) they do, and nobody is asked to leave but the clients of those that cannot.
func (r *Registry) Drain(ctx context.Context, within time.Duration) error {
	r.mu.Lock()
	if r.drainBy.IsZero() {
		r.drainBy = time.Now().Add(within)
	}
	sessions := make([]*session, 0, len(r.lines))
	for _, s := range r.lines {
		if s != nil { // a client that has not said Hello yet will be told then
			sessions = append(sessions, s)
		}
	}
	r.mu.Unlock()
	if r.moves.IsOpen() {
		r.moveAll(ctx, within)
	} else {
		for _, s := range sessions {
			s.goAway(within)
		}
	}
	r.retention.Sweep() // ends what was cut and may not wait any longer
	return r.emptied(ctx)
}

// moveAll has all sessions go to other bridges, and asks the clients of those that cannot to leave. It returns when that is done.
func (r *Registry) moveAll(ctx context.Context, within time.Duration) {
	sessions := r.sessions()
	over := min(within/4, time.Duration(len(sessions))*spread)
	var all sync.WaitGroup
	for s := range sessions {
		all.Go(func() {
			select {
			case <-time.After(rand.N(over + 1)):
			case <-ctx.Done():
				return
			}
			s.moveSoon(ctx, within)
		})
	}
	all.Wait()
}

// moveSoon has the session go to another bridge, or asks its client to leave.
func (s *session) moveSoon(ctx context.Context, within time.Duration) {
	if err := s.registry.moves.Leave(ctx, &leaving{session: s}, within); err != nil {
		s.staysHere(within, err)
	}
}

// staysHere does for a session that could not leave what is done without other bridges.
func (s *session) staysHere(within time.Duration, why error) {
	s.mu.Lock()
	over := s.over != nil
	s.stays = true
	s.mu.Unlock()
	if over {
		return
	}
	s.registry.counters.MovesFailed.Add(1)
	s.log().Debug("a session does not go to another bridge", "why", why)
	s.goAway(within)
}

// Yield has the session go to another bridge whose token has this place, because its client is there. found is called once it is known that it is here. It tells
// whether it has gone.
func (r *Registry) Yield(ctx context.Context, place [32]byte, found func()) bool {
	s := r.retention.At(place)
	if s == nil || !r.moves.IsOpen() {
		return false
	}
	found()
	return r.moves.Yield(ctx, &leaving{session: s}) == nil
}

// Draining tells whether clients are asked to leave.
func (r *Registry) Draining() bool {
	_, yes := r.draining()
	return yes
}

// draining tells whether the bridge is draining, and how much time is left.
func (r *Registry) draining() (left time.Duration, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drainTime()
}

func (r *Registry) drainTime() (left time.Duration, yes bool) {
	return max(0, time.Until(r.drainBy)), !r.drainBy.IsZero()
}

// attached notes which session a line is on, and tells whether the bridge is draining.
func (r *Registry) attached(l *line, s *session) (left time.Duration, draining bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines[l] = s
	return r.drainTime()
}

// emptied waits until no WebSocket is left.
func (r *Registry) emptied(ctx context.Context) error {
	for {
		r.mu.Lock()
		left, fewer := len(r.lines), r.fewer
		r.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-fewer:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// takesInVain tells whether the session, which was cut, may not wait for its client. A bridge that drains is about to be
// replaced, and its client most likely comes to another bridge, opens its sockets there, and reports a gap. A backend that
// shares its messages out would go on giving this bridge a part of them: each of those would be missing behind that gap,
// and nobody could report it. The client that comes back here after all is told that the session is gone. The lock is held.
func (s *session) takesInVain() bool {
	if _, draining := s.registry.draining(); !draining || s.resuming.IsTaken() { // resuming: the client is here again, or the session is about to go
		return false
	}
	if !s.stays && s.registry.moves.IsOpen() {
		return false // it goes to another bridge
	}
	for h := range s.sockets.Values() {
		switch h.typ {
		case core.PULL, core.DEALER, core.ROUTER, core.PAIR:
			return true
		}
	}
	return false
}

// leaveSoon is for a session that is on a line while the bridge drains. The lock is held.
func (s *session) leaveSoon(within time.Duration) {
	r := s.registry
	move := func() {
		ctx, cancel := context.WithTimeout(context.Background(), moving.LeavingTime(within))
		defer cancel()
		s.moveSoon(ctx, within)
	}
	if s.stays || !r.moves.IsOpen() || !r.background(move) {
		s.engine.GoAway(within, drainText)
	}
}

// goAway asks the client to leave.
func (s *session) goAway(within time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != nil && s.over == nil {
		s.engine.GoAway(within, drainText)
		s.wakeWriter()
	}
}

// sendAway answers a Hello with when to come back.
func (l *line) sendAway(engine *core.Session, delay time.Duration) error {
	if l.registry.moves.IsOpen() {
		delay = min(delay, turnedFor) // its session may wait for it elsewhere
	}
	engine.GoAway(delay, drainText)
	if err := l.sendWhole(engine.Take(nil, l.registry.now())); err != nil {
		return err
	}
	return core.NewCloseError(core.CloseGoingAway, drainText)
}
