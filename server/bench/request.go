package bench

import (
	"context"
	"time"
)

// Request has all clients ask, with Window requests outstanding each, and measures the answers.
func (l Load) Request(ctx context.Context) (*Result, error) {
	l.Window = max(l.Window, 1)
	s, err := l.begin(ctx, "request")
	if err != nil {
		return nil, err
	}
	defer s.stopped()
	s.ask()
	if err := s.wait(ctx, l.Warm); err != nil {
		return nil, err
	}
	from := s.now()
	s.from.Store(s.time(from.at))
	if err := s.wait(ctx, l.For); err != nil {
		return nil, err
	}
	s.measured(from, s.now())
	s.asking.Store(false)
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	counted, failed := s.sum()
	s.result.lost(counted, counted+failed+s.unanswered())
	return &s.result, nil
}

// ask begins. From then on the readers ask whenever an answer comes.
func (s *session) ask() {
	s.asking.Store(true)
	for _, c := range s.clients {
		c.mu.Lock()
		now := time.Now()
		c.askMore(now)
		if c.flush(now) != nil {
			c.conn.Close() // the reader says why
		}
		c.mu.Unlock()
	}
}

// unanswered is how many requests of the time that was measured have no answer.
func (s *session) unanswered() (n uint64) {
	for _, c := range s.clients {
		c.mu.Lock()
		n += c.questions.unanswered(s.from.Load())
		c.mu.Unlock()
	}
	return n
}
