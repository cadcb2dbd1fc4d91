package durable

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
)

// Archive is a stream as a history.Archive. It has nothing before Open.
type Archive struct {
	stream atomic.Pointer[Stream]
}

// Open gives it its stream.
func (a *Archive) Open(s Stream) { a.stream.Store(&s) }

var errNotThere = core.NewError(core.Unavailable, "the history of this endpoint cannot be reached")

func (a *Archive) open() (Stream, error) {
	if s := a.stream.Load(); s != nil {
		return *s, nil
	}
	return nil, errNotThere
}

// Oldest implements history.Archive.
func (a *Archive) Oldest(ctx context.Context, epoch string) (offset uint64, err error) {
	err = persist(ctx, func() error {
		offset, err = a.oldest(ctx, epoch)
		return err
	})
	return offset, err
}

// Read implements history.Archive.
func (a *Archive) Read(ctx context.Context, epoch string, offset uint64, before *history.Piece) (p history.Piece, err error) {
	err = persist(ctx, func() error {
		p, err = a.read(ctx, epoch, offset, before)
		return err
	})
	return p, err
}

// persist asks again until there is an answer or ctx ends: a server of several may not answer for a moment, for the others have
// to agree on something.
func persist(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil || ctx.Err() != nil || errors.Is(err, errOtherEpoch) {
			return err
		}
		pause(ctx, matchStep)
	}
}

var errOtherEpoch = core.NewError(core.Unavailable, "the history of this endpoint has begun anew")

func (a *Archive) oldest(ctx context.Context, epoch string) (uint64, error) {
	s, err := a.open()
	if err != nil {
		return 0, err
	}
	oldest, newest, err := s.Range(ctx)
	if err != nil {
		return 0, err
	}
	if oldest > newest {
		return 0, errNotThere
	}
	e, _, err := entryAt(ctx, s, oldest, newest)
	if err == nil && epochOf(s, &e) != epoch {
		err = errOtherEpoch
	}
	return e.Base, err
}

func (a *Archive) read(ctx context.Context, epoch string, offset uint64, before *history.Piece) (p history.Piece, err error) {
	s, err := a.open()
	if err != nil {
		return p, err
	}
	if before != nil && before.Next() == offset {
		if at, ok := before.Mark.(*reached); ok {
			on := *at // a piece may be gone on from several times
			return on.read(ctx, s, epoch, offset)
		}
	}
	number, err := locate(ctx, s, offset)
	if err != nil {
		return p, err
	}
	return (&reached{next: number}).read(ctx, s, epoch, offset)
}

// reached is how far a stream was read.
type reached struct {
	stored []Stored // was read, and not handed out yet
	next   uint64   // number of the entry behind that
}

// read makes a piece of the next entry that reaches behind an offset.
func (r *reached) read(ctx context.Context, s Stream, epoch string, offset uint64) (p history.Piece, err error) {
	for {
		if len(r.stored) == 0 {
			if r.stored, err = s.Read(ctx, r.next); err != nil {
				return p, err
			}
			if len(r.stored) == 0 {
				return p, errNotThere
			}
		}
		one := r.stored[0]
		r.stored, r.next = r.stored[1:], one.Number+1
		e, err := ParseEntry(one.Entry)
		if err != nil {
			continue // what is missing shows in the next one
		}
		if epochOf(s, &e) != epoch {
			return p, errOtherEpoch
		}
		if e.Kind != Note && e.Next() > offset {
			return history.Piece{First: e.Base, Bodies: e.Bodies, Lack: e.Kind == Lack, Topic: e.Topic, Count: e.Missing,
				Mark: &reached{stored: r.stored, next: r.next}}, nil
		}
	}
}

// locate finds the entry that has an offset, or the oldest, if that is behind it. Offsets grow with the numbers of entries.
func locate(ctx context.Context, s Stream, offset uint64) (number uint64, err error) {
	low, high, err := s.Range(ctx)
	if err != nil {
		return 0, err
	}
	for low < high {
		middle := low + (high-low)/2
		e, number, err := entryAt(ctx, s, middle, high)
		if errors.Is(err, errEntry) { // there is none from there on
			high = middle
			continue
		}
		if err != nil {
			return 0, err
		}
		if e.Next() <= offset {
			low = max(middle, number) + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// entryAt is the first entry that can be read from a number on to another, and its number. The error is errEntry if there is none.
func entryAt(ctx context.Context, s Stream, from, to uint64) (Entry, uint64, error) {
	for from <= to {
		one, err := s.Get(ctx, from)
		if err != nil {
			return Entry{}, 0, err
		}
		if e, err := ParseEntry(one.Entry); err == nil {
			return e, one.Number, nil
		}
		from = max(from, one.Number) + 1
	}
	return Entry{}, 0, errEntry
}
