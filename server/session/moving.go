package session

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// How long things take when sessions go to other bridges.
const (
	restTime  = 5 * time.Second        // a session has to come to rest, at most
	putTime   = 5 * time.Second        // to leave a parcel
	spread    = 2 * time.Millisecond   // between two sessions of a bridge that drains, so that not all clients come to the others at once
	turnedFor = 250 * time.Millisecond // until a client comes back that has come to the wrong bridge
)

// How many sessions are packed and left side by side, each of which may be large, and how many are looked for.
const (
	mostPuts  = 16
	mostLooks = 1024
)

var (
	errGoesOn  = core.NewCloseError(core.CloseGoingAway, "the session goes on at another bridge")
	errStays   = core.NewError(core.Unsupported, "this session cannot go to another bridge")
	errBusy    = core.NewError(core.Timeout, "the session did not come to rest in time")
	errTooMuch = core.NewError(core.TooLarge, "too much is held for this session to go to another bridge")
)

// movesOut tells whether sessions can go to other bridges at the moment.
func (r *Registry) movesOut() bool { return r.cfg.Depot != nil && r.cfg.Depot.Ready() }

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
	if err := s.moveOut(ctx, min(restTime, within/2)); err != nil {
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
	s := r.retention.at(place)
	if s == nil || !r.movesOut() {
		return false
	}
	found()
	return s.moveOut(ctx, yieldTime) == nil
}

// yieldTime is how long a session has to come to rest whose client is at another bridge already.
const yieldTime = time.Second

// moveOut leaves the session for another bridge, and ends it here. An error says that it goes on here. For as long as it takes nobody puts the session on
// another line.
func (s *session) moveOut(ctx context.Context, patience time.Duration) error {
	select {
	case s.resuming <- struct{}{}:
		defer func() { <-s.resuming }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := s.movers(); err != nil {
		return err
	}
	if s.owner() != nil && s.userKey() == "" {
		return errStays // who it is could not be told there
	}
	defer s.goOn()
	if !s.comeToRest(ctx, patience) {
		return errBusy
	}
	select {
	case s.registry.puts <- struct{}{}: // before it is copied
		defer func() { <-s.registry.puts }()
	case <-ctx.Done():
		return ctx.Err()
	}
	key := s.userKey()
	movers, err := s.movers() // some may have been opened since
	if err != nil {
		return err
	}
	states := make([]func() moved.Socket, 0, len(movers))
	for _, m := range movers {
		states = append(states, m.Leave())
	}
	session, keys, idle := s.pack(states, key)
	if session == nil {
		return errEnded
	}
	s.hand(ctx, session, keys)
	s.depart(idle)
	return nil
}

// userKey is a text that is the same for the same user. No lock is held.
func (s *session) userKey() string {
	if user := s.owner(); user != nil {
		return s.registry.host.UserKey(user)
	}
	return ""
}

// movers are its sockets, in the order of their numbers. An error says why the session cannot leave.
func (s *session) movers() (movers []Mover, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over != nil || s.sockets == nil:
		return nil, errEnded
	case !s.engine.Resumable() || s.line == nil && !s.tokens.Heard():
		return nil, errStays
	case s.costs.Held() > s.registry.cfg.RetainBytes:
		return nil, errTooMuch
	}
	for _, h := range s.inOrder() {
		m, ok := h.socket.(Mover)
		if !ok {
			return nil, errStays
		}
		movers = append(movers, m)
	}
	return movers, nil
}

// inOrder are the sockets by their numbers. The lock is held.
func (s *session) inOrder() []*Handle {
	all := make([]*Handle, 0, len(s.sockets))
	for _, h := range s.sockets {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *Handle) int { return cmp.Compare(a.id, b.id) })
	return all
}

// pack is the session as another bridge will make it again. Nothing is sent to the client any more but what it has in it. It is nil if the session has
// ended. idle says that no line is there that would release it.
func (s *session) pack(states []func() moved.Socket, userKey string) (m *moved.Session, keys []token.Key, idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return nil, nil, false
	}
	since := s.registry.now()
	if s.line == nil {
		since = s.absence.since
	}
	m = &moved.Session{ID: s.idText(), Until: s.registry.started.Add(since + s.engine.Retain()), HasUser: s.user != nil, User: userKey, Origin: s.request.Header.Get("Origin"),
		LastSocket: s.lastSocket}
	for _, state := range states {
		m.Sockets = append(m.Sockets, state())
	}
	m.Engine = moved.EngineOf(s.engine.State(), s.engine.MaxReceive())
	s.over = errGoesOn
	return m, s.registry.retention.keysOf(s), s.line == nil
}

// hand leaves the session for whoever has its token. Where that fails it is kept here for a while: its client may come back here.
func (s *session) hand(ctx context.Context, m *moved.Session, keys []token.Key) {
	r := s.registry
	parcel, err := sealed(m, keys)
	if err != nil {
		s.log().Error("a session could not be packed; it is lost", "err", err)
		r.counters.MovesFailed.Add(1)
		return
	}
	places := make([]string, 0, len(keys))
	for _, k := range keys {
		places = append(places, moved.PlaceName(k))
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTime)
	defer cancel()
	if err := r.cfg.Depot.Put(within, places, parcel); err != nil {
		s.log().Warn("a session could not be left for another bridge", "err", err)
		r.counters.MovesFailed.Add(1)
		r.parked.put(places, parcel, m.Until)
		return
	}
	r.counters.MovedOut.Add(1)
	r.counters.MovedBytes.Add(uint64(len(parcel)))
}

func sealed(m *moved.Session, keys []token.Key) ([]byte, error) {
	session, err := moved.Write(m)
	if err != nil {
		return nil, err
	}
	return moved.Seal(session, keys)
}

// depart ends the session here.
func (s *session) depart(idle bool) {
	s.mu.Lock()
	s.discard()
	if s.line != nil {
		s.line.endLocked(errGoesOn)
	}
	s.mu.Unlock()
	if idle {
		s.release()
	}
}
