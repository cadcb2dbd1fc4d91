package durable

import (
	"context"
	"sync/atomic"
	"time"
)

// writing is where an ingester is in its stream, behind which nobody else has appended anything as far as it knows.
type writing struct {
	stream Stream
	term   Term
	recent *recent
	writer uint64
	keep   time.Duration
	isUp   func() bool

	number uint64 // of the next item to be stored
	last   uint64 // number of the stream's last entry
	origin uint64
	base   uint64 // offset of what comes next
	hole   uint64 // of the newest hole
	gap    bool   // a hole comes next
	note   bool   // a note does

	free     time.Time     // from when on the next entry need not be full; see began
	underWay atomic.Int64  // bytes on their way
	entries  atomic.Int64  // and in how many entries
	arrived  chan struct{} // holds a token when they have become fewer
}

// What may be on its way to the store: so many entries, and so many bytes, or one entry.
const (
	maxPending      = 64
	maxPendingBytes = 8 << 20
)

// appended is an entry on its way.
type appended struct {
	Pending
	last uint64 // number of the last item in it
	size int64
}

// run stores what there is and what comes, until ctx ends, an entry is refused, or the publishers are away for some time.
func (w *writing) run(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	pending := make(chan appended, maxPending)
	confirmed := make(chan struct{})
	go func() { // ends when pending is closed
		defer close(confirmed)
		w.confirm(ctx, pending, end)
	}()
	err := w.append(ctx, pending)
	close(pending)
	end(err)
	<-confirmed
	return context.Cause(ctx)
}

// confirm waits for one entry after the other. After one that was not stored none is.
func (w *writing) confirm(ctx context.Context, pending <-chan appended, failed context.CancelCauseFunc) {
	for a := range pending {
		if ctx.Err() != nil {
			continue
		}
		patience, cancel := context.WithTimeout(ctx, askTime)
		err := a.Wait(patience)
		cancel()
		if err != nil {
			failed(err)
			continue
		}
		w.recent.lead(true, a.last)
		w.underWay.Add(-a.size)
		w.entries.Add(-1)
		select {
		case w.arrived <- struct{}{}:
		default:
		}
	}
}

// awaitRoom waits until so many bytes more may be on their way.
func (w *writing) awaitRoom(ctx context.Context, size int64) error {
	for w.underWay.Load() > 0 && w.underWay.Load()+size > maxPendingBytes {
		select {
		case <-w.arrived:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	w.underWay.Add(size)
	return nil
}

func (w *writing) append(ctx context.Context, pending chan<- appended) error {
	for {
		if err := w.gather(ctx); err != nil {
			return err
		}
		e, ok := w.next()
		if !ok {
			continue
		}
		size := int64(sizeOf(&e))
		if err := w.awaitRoom(ctx, size); err != nil {
			return err
		}
		p, err := w.term.Append(e.Append(make([]byte, 0, size)), w.last)
		if err != nil {
			return err
		}
		w.last++
		w.began()
		select {
		case pending <- appended{p, e.Last, size}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// next is the entry that comes next, if there is something to say.
func (w *writing) next() (e Entry, ok bool) {
	e = Entry{Origin: w.origin, Base: w.base, Hole: w.hole, Writer: w.writer, Last: w.number - 1}
	switch {
	case w.note:
		e.Kind, w.note = Note, false
	case w.gap:
		e.Kind, w.gap = Hole, false
	default:
		var m *mark
		if e.Bodies, m, e.Last = w.recent.from(w.number); len(e.Bodies) == 0 && m == nil {
			return e, false
		}
		e.describe(m)
		if limit := w.stream.Limit(); limit > 0 && sizeOf(&e) > limit { // there is but one message that large in it
			e = e.without()
		}
	}
	w.number, w.base, w.hole = e.Last+1, e.Next(), e.NewestHole()
	return e, true
}

// describe makes it an entry about a mark, if there is one.
func (e *Entry) describe(m *mark) {
	switch {
	case m == nil:
	case m.known:
		e.Kind, e.Topic, e.Missing = Lack, m.topic, m.missing
	default:
		e.Kind = Hole
	}
}

// without is an entry that says that its messages are missing, which are too large for the store.
func (e *Entry) without() Entry {
	lack := *e
	lack.Kind, lack.Bodies = Lack, nil
	if lack.Missing = uint64(len(e.Bodies)); lack.Missing == 1 {
		lack.Topic = append([]byte{}, e.Bodies[0].Topic()...)
	}
	return lack
}

// sizeOf is about how long an entry is in wire form, and not less.
func sizeOf(e *Entry) int {
	size := entryPlace + len(e.Topic)
	for _, body := range e.Bodies {
		size += len(body) + bodyPlace + 1
	}
	return size
}

const entryPlace = 80
