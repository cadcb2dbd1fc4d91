package bench

import (
	"context"
	"time"
)

// Idle has all clients subscribe, and measures what it costs that they are there.
func (l Load) Idle(ctx context.Context) (*Result, error) {
	l.Window, l.Size = 0, max(l.Size, MinSize)
	s, err := l.begin(ctx, "idle")
	if err != nil {
		return nil, err
	}
	defer s.stopped()
	s.result.Size = 0
	connected := usageOf(l.PID)
	if err := s.wait(ctx, max(l.Warm, time.Second)); err != nil { // what the handshakes needed is given back
		return nil, err
	}
	from := s.now()
	if err := s.wait(ctx, l.For); err != nil {
		return nil, err
	}
	s.measured(from, s.now())
	if server := s.result.Server; server != nil {
		server.ConnectMillis = (connected.cpu - s.before.cpu) * 1e3 / float64(l.Clients)
	}
	return &s.result, nil
}
