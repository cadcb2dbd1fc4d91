package durable

import (
	"context"
	"time"
)

const (
	// matchTime is how long a standby waits until it has heard what the stream has, in case that is ahead of it.
	matchTime = 2 * time.Second
	matchStep = 50 * time.Millisecond

	// runEntries is how many of the last entries are looked at.
	runEntries = 64
)

// takeUp finds out where the stream ends, and what comes behind it of what was heard. What was on its way to it before, from whomever,
// is refused from then on: else an entry could be taken behind which others were meant to be, of which the first was not.
func (g *Ingester) takeUp(ctx context.Context, s Stream) (*writing, error) {
	term, err := beginTerm(ctx, s)
	if err != nil {
		return nil, err
	}
	oldest, newest, err := askRange(ctx, s)
	if err != nil {
		return nil, err
	}
	w := &writing{stream: s, term: term, recent: g.recent, writer: g.writer, keep: g.keep, isUp: g.isUp, last: newest, arrived: make(chan struct{}, 1)}
	entries, err := readRun(ctx, s, oldest, newest)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 { // whoever reads has to learn that the counting begins
		w.origin, w.base, w.note = newest+1, 1, true
		_, w.number = g.recent.snapshot()
		return w, nil
	}
	tail := entries[len(entries)-1]
	w.origin, w.base, w.hole = tail.Origin, tail.Next(), tail.NewestHole()
	if tail.Writer == g.writer {
		w.number = tail.Last + 1
		return w, nil
	}
	w.number, w.gap, err = g.find(ctx, runOf(entries))
	return w, err
}

// find is the number of the first item that the stream lacks. gap tells that it is not known whether something is missing before it.
func (g *Ingester) find(ctx context.Context, r run) (number uint64, gap bool, err error) {
	for until := time.Now().Add(matchTime); ; {
		items, first := g.recent.snapshot()
		index, f := r.after(items)
		switch {
		case f == found:
			return first + uint64(index), false, nil
		case time.Now().Before(until):
			if pause(ctx, matchStep); ctx.Err() != nil {
				return 0, false, ctx.Err()
			}
		case f == absent: // nothing that was heard is in the stream
			return first, true, nil
		default: // some may be, and nothing is to come twice
			return first + uint64(len(items)), true, nil
		}
	}
}

// readRun is the last entries of a stream, without what is none.
func readRun(ctx context.Context, s Stream, oldest, newest uint64) (entries []Entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	from := oldest
	if newest-oldest >= runEntries {
		from = newest - runEntries + 1
	}
	for from <= newest {
		stored, err := s.Read(ctx, from)
		if err != nil {
			return nil, err
		}
		for _, one := range stored {
			if e, err := ParseEntry(one.Entry); err == nil {
				entries = append(entries, e)
			}
			from = one.Number + 1
		}
		if len(stored) == 0 { // whom it was read from has yet to hear of the newest
			if pause(ctx, matchStep); ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	return entries, nil
}

// runOf is the last messages that follow each other.
func runOf(entries []Entry) (r run) {
	for i := len(entries) - 1; i >= 0 && len(r.bodies) < maxRun; i-- {
		switch e := &entries[i]; {
		case e.Kind == Messages:
			bodies := e.Bodies[max(0, len(e.Bodies)+len(r.bodies)-maxRun):]
			r.bodies = append(bodies[:len(bodies):len(bodies)], r.bodies...)
		case e.Kind == Note:
		case len(r.bodies) > 0:
			return r
		default:
			r.marked = true
		}
	}
	return r
}

func beginTerm(ctx context.Context, s Stream) (Term, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return s.Begin(ctx)
}

func askRange(ctx context.Context, s Stream) (oldest, newest uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return s.Range(ctx)
}
