package gateway

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Replay is what a subscription missed, read from the history as its subscriber has room for it: what is not read yet
// costs nothing, and may be forgotten meanwhile. It is used by one goroutine at a time.
type Replay struct {
	subscription *Subscription
	fits         func(core.Message) bool
	at           uint64 // all up to here was read
	gapped       bool   // a gap of unknown size was the last that was read

	parts  core.Message // scratch
	topics []*topic[*Subscription]
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

	Gap    core.Code // OK: this is a message. Unavailable: the backend was away. Busy: the reader was too slow
	Missed uint64    // 0: nobody knows
}

const (
	replayChunk = 256  // messages read in one go
	replayScan  = 1024 // records looked at in one go: nobody is held up for longer
)

// Recover finds what x, with the prefixes it has now, missed since a position. fits, which may be nil, tells which of the
// messages the subscriber wants; it is called from here and from Next. The result is nil where no history is kept.
//
// What x is given to DeliverAt meanwhile has its place in the history, too: a subscriber that leaves aside what comes
// until Next says that there is no more, and then what is not behind the place where it is, has everything once.
func (x *Subscription) Recover(since core.Position, fits func(core.Message) bool) (*Replay, Recovery) {
	if x.feed.history == nil {
		return nil, Recovery{}
	}
	r := &Replay{subscription: x, fits: fits}
	answer, until := r.begin(since)
	if answer.Messages == 0 {
		answer.Messages = r.count(until)
	}
	return r, answer
}

// begin finds the place to read from. If it knows it also tells how many messages there are, else they are to be counted.
func (r *Replay) begin(since core.Position) (answer Recovery, until uint64) {
	f := r.subscription.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.history
	h.forgetOld()
	oldest, latest := h.first-1, h.next-1
	r.at = since.Offset
	switch exact := r.everything(); {
	case since.Epoch != h.epoch:
		answer.Lost, r.at = true, oldest
	case since.Offset > latest:
		answer.Lost, r.at = true, latest
	case since.Offset < oldest:
		answer.Lost, r.at = true, oldest
		if exact && h.forgotHole <= since.Offset {
			answer.Missed = oldest - since.Offset
		}
	case !r.covered():
		answer.Lost = true
	}
	answer.From = core.Position{Epoch: h.epoch, Offset: r.at}
	unbroken := h.newestHole <= r.at
	answer.Complete = !answer.Lost && unbroken
	if unbroken && r.everything() {
		answer.Messages = latest - r.at
	}
	r.gapped = answer.Lost && answer.Missed == 0
	return answer, latest
}

// everything tells whether each place in the history is a message for the subscriber, so that they can be counted by
// their offsets. The caller holds the lock.
func (r *Replay) everything() bool {
	if r.fits != nil || !r.covered() {
		return false
	}
	members := r.subscription.members
	for _, kept := range r.subscription.feed.history.prefixes {
		if !hasPrefixOf(members, kept) {
			return false
		}
	}
	return true
}

// hasPrefixOf tells whether one of the prefixes is one of name.
func hasPrefixOf[V any](prefixes map[string]V, name string) bool {
	for n := range len(name) + 1 {
		if _, ok := prefixes[name[:n]]; ok {
			return true
		}
	}
	return false
}

// covered tells whether the history is about all the subscriber wants. The caller holds the lock.
func (r *Replay) covered() bool {
	h := r.subscription.feed.history
	for prefix := range r.subscription.members {
		if !h.includes(prefix) {
			return false
		}
	}
	return true
}

// count is how many messages there are up to some place. It reads them, and stays where it is.
func (r *Replay) count(until uint64) (messages uint64) {
	ahead := *r
	for ahead.at < until {
		for _, item := range ahead.chunk(replayChunk) {
			if item.Gap == core.OK && item.Offset <= until && ahead.admits(&item) {
				messages++
			}
		}
	}
	return messages
}

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
	f := r.subscription.feed
	f.mu.RLock()
	defer f.mu.RUnlock()
	return at+1 < f.history.next
}

// chunk reads on until it has found so many items, or has looked at enough for one go.
func (r *Replay) chunk(limit int) (found []Replayed) {
	f := r.subscription.feed
	f.mu.RLock()
	defer f.mu.RUnlock()
	h := f.history
	if lapped := r.lapped(h); lapped.Gap != core.OK {
		found = append(found, lapped)
	}
	for n := 0; n < replayScan && len(found) < limit && r.at+1 < h.next; n++ {
		r.at++
		record := h.at(r.at)
		switch {
		case record.isHole() && !r.gapped:
			r.gapped = true
			found = append(found, Replayed{Offset: r.at, Gap: core.Unavailable})
		case !record.isHole() && r.wants(record.body):
			r.gapped = false
			found = append(found, Replayed{Offset: r.at, Body: record.body})
		}
	}
	return found
}

// lapped is the gap that is left by what was forgotten before it was read. The caller holds the lock.
func (r *Replay) lapped(h *history) (gap Replayed) {
	oldest := h.first - 1
	if r.at >= oldest {
		return gap
	}
	gap = Replayed{Offset: oldest, Gap: core.Busy}
	if r.everything() && h.forgotHole <= r.at {
		gap.Missed = oldest - r.at
	}
	r.gapped = gap.Missed == 0
	r.at = oldest
	return gap
}

// wants tells whether one of the prefixes matches. The caller holds the lock.
func (r *Replay) wants(body core.Body) bool {
	if r.subscription.members[""] != nil {
		return true
	}
	parts, err := body.Parts(r.parts[:0])
	if err != nil {
		return false // cannot be: it was encoded here
	}
	r.parts = parts
	r.topics = r.subscription.feed.table.match(r.topics[:0], parts[0])
	for _, t := range r.topics {
		if r.subscription.members[t.prefix] != nil {
			return true
		}
	}
	return false
}
