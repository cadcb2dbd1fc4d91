package server

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const drainText = "the bridge is shutting down"

// Drain asks every client to leave within a time, and waits until they have and what they sent is with the backends, or
// until ctx ends. Whoever comes meanwhile is turned away, but for clients that resume a session: theirs may be the answers
// that are still outstanding. A session that was cut is not kept for that, though, if it has a PULL, DEALER, ROUTER or PAIR:
// it would take messages that its client, on another bridge, never gets. Then Close.
//
// The clients of this project begin nothing new on a bridge that drains, wait for what is outstanding, and leave spread
// over the time.
func (b *Bridge) Drain(ctx context.Context, within time.Duration) error {
	b.mu.Lock()
	if b.drainBy.IsZero() {
		b.drainBy = time.Now().Add(within)
	}
	sessions := make([]*session, 0, len(b.lines))
	for _, s := range b.lines {
		if s != nil { // one that has not said Hello yet will be told then
			sessions = append(sessions, s)
		}
	}
	b.mu.Unlock()
	for _, s := range sessions {
		s.goAway(within)
	}
	b.retention.sweep() // ends what was cut and may not wait any longer
	if err := b.emptied(ctx); err != nil {
		return err
	}
	return b.passedOn(ctx)
}

// draining tells whether the bridge is, and how much time is left.
func (b *Bridge) draining() (left time.Duration, yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drainTime()
}

func (b *Bridge) drainTime() (left time.Duration, yes bool) {
	return max(0, time.Until(b.drainBy)), !b.drainBy.IsZero()
}

// attached notes which session a line is on, and tells whether the bridge is draining.
func (b *Bridge) attached(l *line, s *session) (left time.Duration, draining bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines[l] = s
	return b.drainTime()
}

// emptied waits until no WebSocket is left.
func (b *Bridge) emptied(ctx context.Context) error {
	for {
		b.mu.Lock()
		left, fewer := len(b.lines), b.fewer
		b.mu.Unlock()
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

// passedOn waits until what clients have sent is with the backends.
func (b *Bridge) passedOn(ctx context.Context) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for b.counters.lingering.Load() > 0 || b.gateways.Lingering() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
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
	engine.GoAway(delay, drainText)
	if err := l.write(engine.Take(nil, l.bridge.now())); err != nil {
		return err
	}
	return core.NewCloseError(core.CloseGoingAway, drainText)
}
