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

// loan is what a line has borrowed of its Conn. It is the reading goroutine's.
type loan struct {
	from Lender // nil: nothing is lent
	asks bool   // what came last were requests alone, of which nothing is kept, and what comes next is likely to be so, too
	out  bool   // what is being handled is lent
}

// readTogether reads messages, and borrows them if that is likely to do.
func (l *line) readTogether(ctx context.Context) (batches [][]byte, err error) {
	if !l.loan.asks {
		return l.loan.from.ReadTogether(ctx)
	}
	batches, l.loan.out, err = l.loan.from.Lend(ctx)
	return batches, err
}

// giveBack gives back what is lent. Nothing of it is looked at any more.
func (l *line) giveBack() {
	if l.loan.out {
		l.loan.out = false
		l.loan.from.Return()
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
