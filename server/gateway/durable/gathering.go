package durable

import (
	"context"
	"time"
)

// To store an entry, and to hand it out, takes the store and everybody who follows it about the same whatever is in it. So what is heard in short
// intervals becomes one entry. One that is full is appended at once. Of others there is one every spacing in the long run, and up to saved in a
// shorter time after a pause, so that what is said now and then is appended at once, too. That the last one is stored is no reason to be
// earlier: more entries take more of every bridge, however fast the store is.
//
// While slowAt of them are on their way the store is slow, and would be slower with more that are small: the next one waits until it is full, or
// until one of those is stored.
const (
	spacing = 4 * time.Millisecond
	saved   = 4
	slowAt  = 16
)

// gather waits until there is something to be stored, and as much of it as there will be before it has to be.
func (w *writing) gather(ctx context.Context) error {
	for {
		some, full := w.recent.has(w.number)
		if w.note || w.gap || full {
			return nil
		}
		if !some {
			if err := w.await(ctx); err != nil {
				return err
			}
			continue
		}
		patience, due := w.due()
		if due {
			return nil
		}
		if err := w.hesitate(ctx, patience); err != nil {
			return err
		}
	}
}

// due tells whether an entry is to be appended that is not full, and else how long it may be until then.
func (w *writing) due() (patience time.Duration, is bool) {
	if w.entries.Load() >= slowAt {
		return askTime, false // until then one of them is stored, or all have failed
	}
	patience = time.Until(w.free)
	return patience, patience <= 0
}

// began notes that an entry was appended. However many were full before it, the next one waits for spacing at most.
func (w *writing) began() {
	now := time.Now()
	if least := now.Add(-saved * spacing); w.free.Before(least) {
		w.free = least
	}
	if w.free = w.free.Add(spacing); w.free.After(now.Add(spacing)) {
		w.free = now.Add(spacing)
	}
	w.entries.Add(1)
}

// hesitate waits for so long, or until there may be another answer.
func (w *writing) hesitate(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.arrived:
	case <-w.recent.changed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// await waits until something was heard, or the stream needs a note.
func (w *writing) await(ctx context.Context) error {
	quiet := awayTime
	if w.keep > 0 {
		quiet = min(quiet, max(w.keep, retryTime))
	}
	for idle := time.Now(); ; {
		t := time.NewTimer(quiet)
		select {
		case <-w.recent.changed:
			t.Stop()
			return nil
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		case <-t.C:
		}
		if !w.isUp() && time.Since(idle) >= awayTime {
			return errAway
		}
		if w.keep > 0 && time.Since(idle) >= w.keep {
			w.note = true
			return nil
		}
	}
}
