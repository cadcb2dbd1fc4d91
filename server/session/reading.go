package session

import (
	"context"
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
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
	long := l.came-l.heard > longWait
	l.heard = l.came
	if l.visits <= firstVisits {
		l.visits++
	}
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
	l.done.End()
}

// readLoop reads and handles frames until the line ends. An error ends the session, unless it is errStale.
func (l *line) readLoop() error {
	s := l.session
	next := l.reader()
	for {
		messages := s.read
		batches, err := next(&l.ctx)
		if fault := l.fault(); fault != nil {
			return fault
		}
		if err != nil {
			if final(asClose(err).Close) {
				s.hearOut() // the client leaves for good, and has said all that before
			}
			l.lost(err)
			return nil
		}
		bytes := size(batches) // they may be lent
		if len(batches) > 0 {
			err = s.feed(batches)
			l.giveBack()
		}
		if err != nil {
			return err
		}
		l.handled()
		if err := l.slow(s.read-messages, bytes); err != nil {
			return err
		}
		if err := l.repay(s.opens.Owed(), limit.MostOpensOwed); err != nil {
			return err
		}
		if s.resumes {
			s.resumeHeld()
		}
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
	switch c := l.conn.(type) {
	case Lender:
		l.loan.lends = true
		return func(ctx context.Context) ([][]byte, error) { return l.readTogether(ctx, c) }
	case Reader:
		return c.ReadTogether
	}
	return func(ctx context.Context) ([][]byte, error) {
		batch, err := l.conn.Read(ctx)
		return [][]byte{batch}, err
	}
}

var errTooFast = core.NewCloseError(core.CloseOverloaded, "much more was sent than the bridge allows in a time")

// adjustThrottle has what is read from now on counted by the limits of now.
func (l *line) adjustThrottle() {
	limits := l.registry.limits()
	l.throttle = l.throttle.At(limits.MessageRate, limits.ByteRate)
}

// slow makes the reading goroutine wait if the client has sent faster than it may. An error ends the session.
func (l *line) slow(messages, bytes int) error {
	l.adjustThrottle()
	if l.throttle == nil || l.paid {
		return nil
	}
	return l.repay(l.throttle.Spend(messages, bytes, time.Now()), limit.MostOwed)
}

// repay makes the reading goroutine wait for what the client owes. It holds nothing meanwhile. An error ends the session: it owes more than the most.
func (l *line) repay(owed, most time.Duration) error {
	switch {
	case owed <= 0:
		return nil
	case owed > most:
		l.registry.counters.Hit(limit.TooFast)
		return errTooFast
	}
	l.registry.counters.Hit(limit.Rate)
	l.rest(owed)
	return nil
}

// rest has the reading goroutine wait, unless the line ends: nothing more is read then anyway.
func (l *line) rest(wait time.Duration) {
	over := make(chan struct{})
	l.session.mu.Lock()
	ending := l.cause != nil
	l.resting = over
	l.session.mu.Unlock()
	if ending {
		return
	}
	due := time.NewTimer(wait)
	defer due.Stop()
	select {
	case <-over:
	case <-due.C:
	}
}

// rouse has a reading goroutine that rests see that the line ends. The lock is held.
func (l *line) rouse() {
	if l.resting != nil {
		close(l.resting)
		l.resting = nil
	}
}
