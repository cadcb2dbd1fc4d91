package session

import (
	"context"
	"errors"
	"time"
)

// run serves the WebSocket until it has ended.
func (l *line) run() {
	if err := l.registry.safely(l.about, l.greet); err != nil {
		l.turnAway(err)
		l.over()
		return
	}
	l.conn.Bound(l.session.engine.Limit(), 2*l.registry.cfg.Heartbeat, l.hold)
	if err := l.registry.safely(l.about, l.unpack); err != nil {
		l.session.end(asClose(err))
	}
	l.readOn()
}

// readOn reads until the line has ended, or until another goroutine does.
func (l *line) readOn() {
	switch err := l.registry.safely(l.about, l.readLoop); {
	case errors.Is(err, errStale):
		go l.readFresh()
		return
	case err != nil:
		l.session.end(asClose(err))
	}
	l.ended.Wait()
	l.leave()
	l.over()
}

// readFresh reads on with the small stack of a new goroutine. It keeps it until something comes.
func (l *line) readFresh() {
	l.conn.(waiter).Await()
	l.readOn()
}

// errStale says that the stack is larger than it takes to wait.
var errStale = errors.New("the goroutine is to be replaced")

// isStale tells whether what comes next is better waited for by another goroutine, because it may take a while. Stacks grow while
// frames are handled, and hardly ever become smaller again: a client on which nothing happens would have twice the memory for its
// goroutine. The first frames come soon after each other, so it is told by their number, and later by the time.
func (l *line) isStale() bool {
	now := l.registry.now()
	long := now-l.heard > longWait
	l.heard = now
	l.visits++
	if _, ok := l.conn.(waiter); !ok {
		return false
	}
	return long || l.visits <= firstVisits && l.visits&(l.visits-1) == 0
}

// How long a client is silent that is likely to be so again, and how many first visits of one are looked at, of which only the
// first, second, fourth and so on count.
const (
	longWait    = 5 * time.Second
	firstVisits = 16
)

// over is told that nothing more is done for the WebSocket.
func (l *line) over() {
	l.ctx.End()
	l.cost.Close()
	l.registry.exit(l)
	close(l.done)
}

// readLoop reads and handles frames until the line ends. An error ends the session, unless it is errStale.
func (l *line) readLoop() error {
	s := l.session
	next := l.reader()
	for {
		batches, err := next(&l.ctx)
		if err != nil {
			if final(asClose(err).Close) {
				s.hearOut() // the client leaves for good, and has said all that before
			}
			l.lost(err)
			return nil
		}
		messages, bytes := s.read, size(batches)
		if err := s.feed(batches); err != nil {
			return err
		}
		l.cost.Handled()
		if err := l.slow(s.read-messages, bytes); err != nil {
			return err
		}
		if err := l.payForOpens(); err != nil {
			return err
		}
		s.resumeHeld()
		if l.ending.Load() {
			return nil
		}
		if l.isStale() {
			return errStale
		}
	}
}

func size(batches [][]byte) (bytes int) {
	for _, batch := range batches {
		bytes += len(batch)
	}
	return bytes
}

// reader is how the line is read: many messages at a time, if it can be.
func (l *line) reader() func(context.Context) ([][]byte, error) {
	if c, ok := l.conn.(Reader); ok {
		return c.ReadTogether
	}
	return func(ctx context.Context) ([][]byte, error) {
		batch, err := l.conn.Read(ctx)
		return [][]byte{batch}, err
	}
}
