package history

import (
	"iter"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Replay is what a subscriber missed, read from a log as the subscriber has room for it: what is not read yet costs nothing,
// and may be forgotten meanwhile. It is used by one goroutine at a time.
type Replay struct {
	log       *Log
	lock      *sync.RWMutex // of the log and of the selection
	selection Selection
	fits      func(core.Message) bool // nil: everything does
	at        uint64                  // all up to here was read
	gapped    bool                    // a gap of unknown size was the last that was read
	past      past                    // what is older than what the log has

	parts core.Message // scratch
}

// Selection is what a reader wants of a log: the messages whose topic begins with one of some prefixes. Its methods are
// called with the lock of the log held.
type Selection interface {
	Prefixes() iter.Seq[string]  // all of them
	Contains(prefix string) bool // this very prefix is one of them
	Selects(topic []byte) bool   // one of them matches
}

// Recovery is the answer to a position.
type Recovery struct {
	From     core.Position // what follows is behind it
	Complete bool          // it is all there was since the position
	Messages uint64        // how many follow, of what has come until now

	Lost   bool   // something before From is missing
	Missed uint64 // so many messages; 0: nobody knows
}

// Replayed is a message of the past or, with a Gap, the place where some are missing.
type Replayed struct {
	Offset uint64
	Body   core.Body // shared with others; must not be modified
	Size   int       // payload bytes

	Gap    core.Code // OK: this is a message. Unavailable: the backend was away. Busy: the reader was too slow. Lost: it never came
	Missed uint64    // 0: nobody knows
}

const (
	replayChunk = 256  // messages read in one go
	replayScan  = 1024 // records looked at in one go: nobody is held up for longer
)

// NewReplay answers to a position, from which the replay goes on. The lock is that of the log and of the selection; it is not
// held by the caller. fits, which may be nil, tells which of the selected messages the subscriber wants; it is called from
// here and from Next, without the lock. Where the log has an archive, this and Next may wait for it, for some seconds at most.
func NewReplay(l *Log, lock *sync.RWMutex, s Selection, since core.Position, fits func(core.Message) bool) (*Replay, Recovery) {
	r := &Replay{log: l, lock: lock, selection: s, fits: fits, past: past{archive: l.archive}}
	r.askOldest(since)
	answer, until := r.begin(since)
	if answer.Messages == 0 {
		answer.Messages = r.count(until)
	}
	return r, answer
}

// begin finds the place to read from. If it knows it also tells how many messages there are, else they are to be counted.
func (r *Replay) begin(since core.Position) (answer Recovery, until uint64) {
	r.lock.Lock()
	defer r.lock.Unlock()
	l := r.log
	l.ForgetOld()
	oldest, latest := min(l.first-1, r.past.oldest), l.next-1
	epoch := l.Epoch()
	r.past.epoch, r.at = epoch, since.Offset
	switch exact := r.everything(); {
	case since.Epoch != epoch:
		answer.Lost, r.at = true, oldest
	case since.Offset > latest:
		answer.Lost, r.at = true, latest
	case since.Offset < oldest:
		answer.Lost, r.at = true, oldest
		if exact && l.forgotHole <= since.Offset {
			answer.Missed = oldest - since.Offset
		}
	case !r.covered():
		answer.Lost = true
	}
	answer.From = core.Position{Epoch: epoch, Offset: r.at}
	unbroken := l.newestHole <= r.at
	answer.Complete = !answer.Lost && unbroken && !r.past.guessed
	if unbroken && r.everything() {
		answer.Messages = latest - r.at
	}
	r.gapped = answer.Lost && answer.Missed == 0
	return answer, latest
}

// everything tells whether each place in the log is a message for the subscriber, so that they can be counted by
// their offsets. The caller holds the lock.
func (r *Replay) everything() bool {
	if r.fits != nil || !r.covered() {
		return false
	}
	for _, kept := range r.log.prefixes {
		if !r.selectsAll(kept) {
			return false
		}
	}
	return true
}

// selectsAll tells whether all messages that begin with name are selected. The caller holds the lock.
func (r *Replay) selectsAll(name string) bool {
	for n := range len(name) + 1 {
		if r.selection.Contains(name[:n]) {
			return true
		}
	}
	return false
}

// covered tells whether the log is about all the subscriber wants. The caller holds the lock.
func (r *Replay) covered() bool {
	for prefix := range r.selection.Prefixes() {
		if !r.log.includes(prefix) {
			return false
		}
	}
	return true
}

// count is how many messages there are up to some place, or how many of them can be counted in time. It reads them, and stays where it is.
func (r *Replay) count(until uint64) (messages uint64) {
	ahead := *r
	latest := time.Now().Add(countTime)
	for ahead.at < until && (r.past.archive == nil || time.Now().Before(latest)) {
		for _, item := range ahead.chunk(replayChunk) {
			if item.Gap == core.OK && item.Offset <= until && ahead.admits(&item) {
				messages++
			}
		}
	}
	return messages
}

// Epoch is the name of what it reads.
func (r *Replay) Epoch() string { return r.past.epoch }

// Offset is how far it has read.
func (r *Replay) Offset() uint64 { return r.at }

// Next reads on: at most so many items, and no further than to the message that makes it so many payload bytes, or to a
// gap. more is false when it has read all there is.
func (r *Replay) Next(messages, bytes int) (items []Replayed, more bool) {
	more = true
	for more && len(items) < messages {
		chunk := r.chunk(min(messages-len(items), replayChunk))
		for _, item := range chunk {
			if item.Gap == core.OK && !r.admits(&item) {
				continue
			}
			items = append(items, item)
			if bytes -= item.Size; bytes <= 0 || item.Gap != core.OK {
				r.at, r.gapped = item.Offset, item.Gap != core.OK && item.Missed == 0
				return items, r.behind(r.at)
			}
		}
		more = r.behind(r.at)
	}
	return items, more
}

// admits measures a message and tells whether the subscriber wants it.
func (r *Replay) admits(item *Replayed) bool {
	parts, err := item.Body.Parts(r.parts[:0])
	if err != nil {
		return false // cannot be: it was encoded here
	}
	r.parts = parts
	item.Size = parts.Size()
	return r.fits == nil || r.fits(parts)
}

// behind tells whether there is something to read behind a place.
func (r *Replay) behind(at uint64) bool {
	r.lock.RLock()
	defer r.lock.RUnlock()
	return at+1 < r.log.next || r.log.Epoch() != r.past.epoch
}

// anew is the gap that is left where the history has begun anew meanwhile: what was not read of the former one cannot be had. The
// caller holds the lock.
func (r *Replay) anew() (gap Replayed, ok bool) {
	epoch := r.log.Epoch()
	if epoch == r.past.epoch {
		return gap, false
	}
	r.past.epoch, r.past.piece = epoch, nil
	r.at, r.gapped = r.log.first-1, true
	return Replayed{Offset: r.at, Gap: core.Lost}, true
}

// chunk reads on until it has found so many items, or has looked at enough for one go.
func (r *Replay) chunk(limit int) (found []Replayed) {
	if found, ok := r.ofThePast(limit); ok {
		return found
	}
	r.lock.RLock()
	defer r.lock.RUnlock()
	l := r.log
	if begun, anew := r.anew(); anew {
		found = append(found, begun)
	}
	if lapped := r.lapped(); lapped.Gap != core.OK {
		found = append(found, lapped)
	}
	for n := 0; n < replayScan && len(found) < limit && r.at+1 < l.next; n++ {
		r.at++
		record := l.at(r.at)
		switch {
		case record.isHole():
			if gap, tells := r.gapAt(r.at); tells {
				r.gapped = gap.Missed == 0
				found = append(found, gap)
			}
		case r.selected(record.body):
			r.gapped = false
			found = append(found, Replayed{Offset: r.at, Body: record.body})
		}
	}
	return found
}

// lapped is the gap that is left by what was forgotten before it was read. The caller holds the lock.
func (r *Replay) lapped() (gap Replayed) {
	oldest := r.log.first - 1
	if r.at >= oldest {
		return gap
	}
	gap = Replayed{Offset: oldest, Gap: core.Busy}
	if r.past.failed {
		gap.Gap, r.past.failed = core.Unavailable, false
	}
	if r.everything() && r.log.forgotHole <= r.at {
		gap.Missed = oldest - r.at
	}
	r.gapped = gap.Missed == 0
	r.at = oldest
	return gap
}

// selected tells whether a message is. The caller holds the lock.
func (r *Replay) selected(body core.Body) bool {
	if r.selection.Contains("") {
		return true
	}
	parts, err := body.Parts(r.parts[:0])
	if err != nil {
		return false // cannot be: it was encoded here
	}
	r.parts = parts
	return r.selection.Selects(parts[0])
}
