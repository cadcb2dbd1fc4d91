package session

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Lender is a Reader that can lend what it has read to who keeps nothing of it.
type Lender interface {
	Reader

	// Lend is ReadTogether, but if lent is true, the messages and their slice are valid until Return.
	Lend(context.Context) (messages [][]byte, lent bool, err error)

	// Return gives back what is lent, if anything is.
	Return()
}

// continuous is a Lender that lends what comes, again and again.
type continuous interface {
	Lender

	// LendOn calls handle with what is there, which is lent until it returns, again and again, until it returns false, or something
	// comes that cannot be lent, which is what is read next. enough says that it was handle, which must not wait for the end of the
	// connection.
	LendOn(ctx context.Context, handle func(messages [][]byte) (goOn bool)) (enough bool, err error)
}

// loan is what a line has borrowed of its Conn. It is the reading goroutine's.
type loan struct {
	lends bool  // the Conn is a Lender
	asks  bool  // what came last were requests alone, of which nothing is kept, and what comes next is likely to be so, too
	out   bool  // what is being handled is lent
	left  *left // what LendOn has left; nil: it was never called
}

// left is what was not done while a connection lent on. Whoever closes it waits for that, so nothing is done but to take requests.
type left struct {
	lending bool
	rest    [][]byte // a copy of what came behind requests and is something else
	fault   error    // of a request, which ends the session
}

// readTogether reads messages, and borrows them if that is likely to do. There are none if they were handled already.
func (l *line) readTogether(ctx context.Context, from Lender) (batches [][]byte, err error) {
	if !l.loan.asks {
		return from.ReadTogether(ctx)
	}
	if c, ok := from.(continuous); ok && l.isCalm() {
		return l.lendOn(ctx, c)
	}
	batches, l.loan.out, err = from.Lend(ctx)
	return batches, err
}

// lendOn has requests handled as they come, and returns what is to be handled otherwise.
func (l *line) lendOn(ctx context.Context, from continuous) (batches [][]byte, err error) {
	if l.loan.left == nil {
		l.loan.left = &left{}
	}
	enough, err := from.LendOn(ctx, l.take)
	switch left := l.loan.left; {
	case left.fault != nil || err != nil:
		return nil, err
	case enough:
		batches, left.rest = left.rest, nil
		return batches, nil
	}
	return from.ReadTogether(ctx)
}

// take handles messages that are lent, as far as they are requests, and tells whether there is nothing else to do before the next come.
func (l *line) take(batches [][]byte) (goOn bool) {
	left := l.loan.left
	l.loan.out, left.lending = true, true
	left.fault = l.session.feed(batches)
	l.loan.out, left.lending = false, false
	if left.fault != nil || len(left.rest) > 0 || !l.isCalm() {
		return false
	}
	l.heard = l.came
	return true
}

// isCalm tells whether nothing is to be done between what was handled last and what comes next.
func (l *line) isCalm() bool {
	l.adjustThrottle()
	return (l.throttle == nil || l.paid) && l.visits > firstVisits && l.came-l.heard <= longWait && !l.session.resumes && !l.ending.Load()
}

// fault is of what was handled while the connection lent on; nil: there is none.
func (l *line) fault() error {
	if l.loan.left == nil {
		return nil
	}
	return l.loan.left.fault
}

// giveBack gives back what is lent. Nothing of it is looked at any more.
func (l *line) giveBack() {
	if l.loan.out {
		l.loan.out = false
		l.conn.(Lender).Return()
	}
}

// lentBatch is the size of a WebSocket message that is lent, for who wants to keep some of it: it does not last at all.
const lentBatch = math.MaxInt64

// feedLent feeds the engine with messages that are lent, as far as they are requests, and returns the rest, unless the line is about
// to end. The lock is held.
func (s *session) feedLent(batches [][]byte) (rest [][]byte, err error) {
	s.handles(lentBatch)
	if s.line.cause != nil {
		return s.engine.FeedRequests(batches[:1], s.now, s.gather)
	}
	rest, err = s.engine.FeedRequests(batches, s.now, s.gatherUntilEnd)
	if errors.Is(err, errEnds) {
		return nil, nil
	}
	return rest, err
}

// gatherUntilEnd is gather, until the line is about to end.
func (s *session) gatherUntilEnd(r *core.Request) (taken bool, err error) {
	taken, err = s.gather(r)
	if taken && err == nil && s.line.cause != nil {
		err = errEnds
	}
	return taken, err
}

// errEnds says that nothing more is to be handled of what the line has brought.
var errEnds = errors.New("the line ends")

// keepLent copies what is left of messages that are lent, because somebody may keep what is in it, and gives back the loan. The line ends if
// there is no memory for the copies, as it does when messages are read that may be kept. The lock is held.
func (s *session) keepLent(batches [][]byte) (kept [][]byte) {
	if bytes := size(batches); bytes > smallBatch {
		if err := s.line.hold(bytes); err != nil {
			s.line.endLocked(asClose(err))
			return nil
		}
	}
	kept = lasting(batches)
	s.line.giveBack()
	return kept
}

// lasting copies messages. Small ones share memory, of at most smallBatch bytes.
func lasting(batches [][]byte) (copies [][]byte) {
	copies = make([][]byte, 0, len(batches))
	var shared []byte
	for i, batch := range batches {
		if len(batch) > cap(shared)-len(shared) {
			shared = make([]byte, 0, sharedBy(batches[i:]))
		}
		begin := len(shared)
		shared = append(shared, batch...)
		copies = append(copies, slices.Clip(shared[begin:]))
	}
	return copies
}

// sharedBy is how many bytes the first message takes, with those behind it that may share its memory.
func sharedBy(batches [][]byte) (bytes int) {
	for _, batch := range batches {
		if bytes > 0 && bytes+len(batch) > smallBatch {
			break
		}
		bytes += len(batch)
	}
	return bytes
}
