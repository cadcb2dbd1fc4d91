package session

import (
	"context"
	"time"
)

// restStep is how often it is looked whether a session has come to rest.
const restStep = 5 * time.Millisecond

// comeToRest waits until no answer is outstanding, neither of a backend nor of the client, and what the client has closed has been passed on. For a fifth of the time the
// client is served as ever, and for another fifth nothing more is asked of it. Then nothing of it is handled any more, which its end keeps, and only what is under way is waited
// for. When it has come to rest, or the time is over, no frame is being handled, and none is from now on, until goOn. It fails where somebody is still asked about a
// frame then.
func (s *session) comeToRest(ctx context.Context, patience time.Duration) bool {
	began, rested := time.Now(), false
	rest := func() {
		if !rested {
			rested = true
			s.restSockets()
		}
	}
	for {
		waited := time.Since(began)
		if waited >= patience/5 {
			rest()
		}
		late := waited >= patience*2/5
		if late || rested && s.owesNothing() {
			s.stopHandling(ctx)
		}
		if s.isQuiet(late) && s.stopHandling(ctx) {
			if rest(); s.isQuiet(late) {
				return true
			}
			s.goOn() // a backend has just asked the client something
		}
		if waited >= patience || ctx.Err() != nil {
			return s.stopHandling(ctx) && !s.isAsking()
		}
		time.Sleep(restStep)
	}
}

// restSockets has the sockets take no more from backends that the client would have to answer.
func (s *session) restSockets() {
	movers, err := s.movers()
	if err != nil {
		return // which whoever moves the session finds out
	}
	for _, m := range movers {
		m.Rest()
	}
}

// isQuiet tells whether nothing is under way. What the client would have to say does not count when it is late, or the client is away.
func (s *session) isQuiet(late bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	quiet := s.usage.Pending == 0 && s.gathered.count == 0 && len(s.lingering) == 0 && !s.asks()
	said := s.usage.Incoming == 0 && s.registry.retention.settled(s)
	return s.over != nil || quiet && (said || late || s.line == nil)
}

// owesNothing tells whether the client has answered all that it was asked.
func (s *session) owesNothing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usage.Incoming == 0
}

// asks tells whether somebody is asked about a frame of the client. The lock is held.
func (s *session) asks() bool { return s.hasAside() || len(s.errands) > 0 }

func (s *session) isAsking() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asks()
}

// stopHandling waits until no frame is handled, and has the next ones wait for goOn.
func (s *session) stopHandling(ctx context.Context) bool {
	if !s.visit.LockWithin(ctx) {
		return false
	}
	defer s.visit.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halt == nil {
		s.halt = make(chan struct{})
	}
	return true
}

// goOn lets frames be handled again. If the session has ended nothing comes of it.
func (s *session) goOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halt != nil {
		close(s.halt)
		s.halt = nil
	}
}

// enter is what the handling of frames begins with: it takes the visit and the lock. It is false if the session goes on elsewhere; then it has taken
// neither.
func (s *session) enter() bool {
	for {
		s.visit.Lock()
		s.mu.Lock()
		halt := s.halt
		if halt == nil {
			return true
		}
		s.mu.Unlock()
		s.visit.Unlock()
		<-halt // which does not take long
		if s.isOver() {
			return false
		}
	}
}
