package history

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Archive has the messages of a log that are older than those which the log itself has. It is asked without a lock, and answers or
// fails before ctx ends.
type Archive interface {
	// Oldest is the offset of the oldest message there is of an epoch.
	Oldest(ctx context.Context, epoch string) (offset uint64, err error)

	// Read returns what is at an offset, or the next that there is behind it. before is what was read before that, if the last Piece
	// ended there: so that the archive need not look for the place.
	Read(ctx context.Context, epoch string, offset uint64, before *Piece) (Piece, error)
}

// Piece is some messages of an archive that follow each other, or a hole.
type Piece struct {
	First  uint64      // offset of the first message, or of the hole
	Bodies []core.Body // none: it is a hole
	Lack   bool        // something is known of the hole:
	Topic  []byte      // of what is missing; nil: of any
	Count  uint64      // how many are missing; 0: nobody knows

	Mark any // for the archive's own use
}

// Next is the offset behind a piece.
func (p *Piece) Next() uint64 { return p.First + uint64(max(1, len(p.Bodies))) }

// NewCache makes a log of what somebody else keeps, and numbers: its offsets are those of the archive. It has no name, and nothing
// is to be kept in it, before Adopt. There are no holes in it but those that Lack and Hole put there.
func NewCache(wanted access.History, archive Archive, portion func() Portion, n *Counters) *Log {
	l := newLog(wanted.WithDefaults(), portion, n)
	l.archive, l.adopted = archive, make(chan struct{})
	return l
}

// awaitEpoch waits until something was adopted, but not for long. It is for a reader, who comes to a bridge that has just begun to
// follow: before it knows of the history, a place in it would look like one in another. No lock is held.
func (l *Log) awaitEpoch() {
	t := time.NewTimer(archiveTime)
	defer t.Stop()
	select {
	case <-l.adopted:
	case <-t.C:
	}
}

// Adopt has the log go on behind an offset of an epoch, and forget what it has. hole is the offset of the newest hole up to there; 0:
// there is none.
func (l *Log) Adopt(epoch string, offset, hole uint64) {
	defer l.account(l.len(), l.bytes)
	l.epoch.Store(&epoch)
	l.blocks, l.lacks, l.bytes = nil, nil, 0
	l.first, l.next = offset+1, offset+1
	l.newestHole, l.forgotHole = hole, hole
	if !l.started {
		l.started = true
		close(l.adopted)
	}
	l.delivered.Store(offset)
	l.settle()
}

// Next is the offset of what comes next.
func (l *Log) Next() uint64 { return l.next }

// IsCache tells whether somebody else keeps what the log has, and numbers it.
func (l *Log) IsCache() bool { return l.archive != nil }

// Hole notes that messages are missing, of which nobody knows anything, and returns the offset of the hole.
func (l *Log) Hole() (offset uint64) {
	l.hole()
	return l.next - 1
}

const (
	// archiveTime is how long a reader waits for an archive before it is told that what is there cannot be had.
	archiveTime = 5 * time.Second

	// aheadTime, oldestTime and countTime are how long the answer to a position may take besides.
	aheadTime  = 2 * time.Second
	oldestTime = 2 * time.Second
	countTime  = time.Second

	// aheadStep is how often it is looked whether the log has come as far as its reader.
	aheadStep = 5 * time.Millisecond
)

// past is what a replay has read of an archive.
type past struct {
	archive Archive // nil: there is none
	epoch   string
	oldest  uint64 // all up to it is forgotten; the largest number: the log knows better
	piece   *Piece // that was read last; nil: none was
	guessed bool   // nobody knows oldest, and it may be that nothing is forgotten
	failed  bool   // the archive did not answer, and what it has is left out
}

// askOldest asks the archive how far it reaches back, if that matters for the answer to a position.
func (r *Replay) askOldest(since core.Position) {
	p := &r.past
	if p.archive == nil {
		p.oldest = ^uint64(0)
		return
	}
	r.log.awaitEpoch()
	for until := time.Now().Add(aheadTime); r.isAhead(since) && time.Now().Before(until); {
		time.Sleep(aheadStep)
	}
	r.lock.RLock()
	within := since.Epoch == r.log.Epoch() && since.Offset+1 >= r.log.first
	r.lock.RUnlock()
	if within {
		p.oldest = ^uint64(0)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), oldestTime)
	defer cancel()
	oldest, err := p.archive.Oldest(ctx, r.log.Epoch())
	p.oldest, p.guessed = max(1, oldest)-1, err != nil
	if p.guessed { // reading will tell
		p.oldest = 0
	}
}

// isAhead tells whether a reader, who was at another bridge, has had more than the log has been told of yet.
func (r *Replay) isAhead(since core.Position) bool {
	r.lock.RLock()
	defer r.lock.RUnlock()
	return since.Epoch == r.log.Epoch() && since.Offset >= r.log.next
}

// ofThePast reads on in the archive. ok is false if there is no need to, or no way.
func (r *Replay) ofThePast(limit int) (found []Replayed, ok bool) {
	p := &r.past
	if p.archive == nil || p.failed || !r.isBehindLog() {
		return nil, false
	}
	if p.piece == nil || r.at+1 < p.piece.First || r.at+1 >= p.piece.Next() {
		if !r.fetch() {
			p.failed = true
			return nil, false
		}
	}
	r.lock.RLock()
	defer r.lock.RUnlock()
	if before := p.piece.First - 1; before > r.at { // it was forgotten meanwhile
		gap := Replayed{Offset: before, Gap: core.Busy}
		r.at, r.gapped = before, true
		return []Replayed{gap}, true
	}
	if len(p.piece.Bodies) == 0 {
		return r.holeOfPiece(), true
	}
	for n := 0; n < replayScan && len(found) < limit && r.at+1 < p.piece.Next(); n++ {
		r.at++
		if body := p.piece.Bodies[r.at-p.piece.First]; r.selected(body) {
			r.gapped = false
			found = append(found, Replayed{Offset: r.at, Body: body})
		}
	}
	return found, true
}

// holeOfPiece reads a piece that is a hole. The caller holds the lock.
func (r *Replay) holeOfPiece() (found []Replayed) {
	piece := r.past.piece
	r.at = piece.First
	if gap, tells := r.gapOf(r.at, lack{piece.Topic, piece.Count}, piece.Lack); tells {
		r.gapped = gap.Missed == 0
		found = append(found, gap)
	}
	return found
}

// isBehindLog tells whether what is to be read next is older than what the log has.
func (r *Replay) isBehindLog() bool {
	r.lock.RLock()
	defer r.lock.RUnlock()
	return r.at+1 < r.log.first && r.log.Epoch() == r.past.epoch
}

// fetch reads the piece that comes next.
func (r *Replay) fetch() bool {
	ctx, cancel := context.WithTimeout(context.Background(), archiveTime)
	defer cancel()
	piece, err := r.past.archive.Read(ctx, r.past.epoch, r.at+1, r.past.piece)
	if err != nil || piece.First <= r.at && piece.Next() <= r.at+1 {
		return false
	}
	r.past.piece = &piece
	return true
}

// Place is how many bytes reading takes: the parts of one message, and the items that are read in one go, whose bodies the log
// keeps; and, for who begins with what the log does not have, what was read of an archive, which nobody else keeps.
func (r *Replay) Place() int {
	if r.past.archive == nil || !r.isBehindLog() {
		return replayPlace
	}
	return replayPlace + piecePlace
}

const (
	replayPlace = 32 << 10
	piecePlace  = 192 << 10
)
