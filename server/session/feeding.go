package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// feed handles WebSocket messages that came together, in one visit. The engine is locked, but not while a frame is handled:
// hooks and gateways are called there, and gateways call back.
func (s *session) feed(batches [][]byte) error {
	if !s.enter() {
		return nil
	}
	defer s.visit.Unlock()
	defer s.mu.Unlock()
	defer s.answer()
	err := s.feedAll(batches)
	s.settle()
	if err == nil && s.overfull() {
		s.registry.counters.Hit(limit.Queued)
		err = errNotReading
	}
	s.confirmToken()
	return err
}

// answer writes what there is to write, now that frames were handled. The lock is held.
func (s *session) answer() {
	s.writeNow()
	s.resumes = s.held.Ready()
}

// feedAll feeds the engine, message by message, until the line is about to end. The lock is held.
func (s *session) feedAll(batches [][]byte) error {
	defer s.passGathered()
	s.now = s.registry.now()
	s.line.came, s.interrupted = s.now, false
	lends := true
	if s.line.loan.out {
		rest, err := s.feedLent(batches)
		if err != nil || len(rest) == 0 {
			return err
		}
		batches, lends = s.keepLent(rest), false
		if left := s.line.loan.left; left != nil && left.lending {
			left.rest, s.line.loan.asks = batches, false
			return nil
		}
	}
	requests, err := s.feedKept(batches)
	s.line.loan.asks = lends && requests && s.line.loan.lends
	return err
}

// clock is the time of what is being handled. The lock is held.
func (s *session) clock() time.Duration {
	if s.interrupted {
		s.now, s.interrupted = s.registry.now(), false // others may have told the engine what time it is
	}
	return s.now
}

// handles notes how large the WebSocket message is that is being handled.
func (s *session) handles(size int64) {
	if s.batch.Load() != size {
		s.batch.Store(size)
	}
}

// feedKept is feedAll for messages that may be kept, and tells whether they were requests alone.
func (s *session) feedKept(batches [][]byte) (requests bool, err error) {
	handle := func(f *core.Frame) error {
		if f.Kind == core.KindRequest {
			r := f.Request()
			if taken, err := s.gather(&r); taken {
				return err
			}
		}
		s.read++
		s.passGathered()
		s.handling = true
		s.mu.Unlock()
		defer s.handled()
		return s.handle(f)
	}
	requests = true
	for i, batch := range batches {
		if i > 0 && s.line.cause != nil {
			break
		}
		s.handles(int64(len(batch)))
		rest, err := s.engine.FeedRequests(batches[i:i+1], s.clock(), s.gather)
		if err == nil && len(rest) > 0 {
			requests = false
			err = s.engine.Feed(rest[0], s.clock(), handle)
		}
		if err != nil {
			return false, err
		}
	}
	return requests, nil
}
