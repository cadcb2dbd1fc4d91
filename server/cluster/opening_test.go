package cluster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// vault is something that takes its time to be opened.
type vault struct {
	opened int
	err    error
}

func (v *vault) open(ctx context.Context) (int, error) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if v.err == nil {
		v.opened++
	}
	return v.opened, v.err
}

// get asks for what an Opening has, many times at once, and wants the same each time.
func get(t *testing.T, o *Opening[int], want int, wantErr error, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if got, err := o.Get(ctx); got != want || !errors.Is(err, wantErr) {
				t.Errorf("got %d, %v; want %d, %v", got, err, want, wantErr)
			}
		})
	}
	all.Wait()
}

// TestOpenedOnce: however many want it, and anew only after an error that says something about it.
func TestOpenedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := new(vault)
		o := NewOpening(v.open)
		get(t, o, 1, nil, 2*time.Second)
		_ = o.Failed(nil)
		_ = o.Failed(context.DeadlineExceeded)
		get(t, o, 1, nil, 2*time.Second)
		gone := errors.New("somebody has taken it away")
		if err := o.Failed(gone); err != gone {
			t.Error(err)
		}
		get(t, o, 2, nil, 2*time.Second)
	})
}

// TestCannotBeOpened: those who have waited for an attempt that failed do not try one after the other. The next one does.
func TestCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{err: errors.New("no")}
		o := NewOpening(v.open)
		begun := time.Now()
		get(t, o, 0, v.err, time.Minute)
		if took := time.Since(begun); took != time.Second {
			t.Errorf("it took %v", took)
		}
		v.err = nil
		get(t, o, 1, nil, 2*time.Second)
	})
}

// TestOpenedByAnother: who had less time than the others leaves it to one of them.
func TestOpenedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := new(vault)
		o := NewOpening(v.open)
		short, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		go func() {
			if _, err := o.Get(short); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}()
		synctest.Wait()
		get(t, o, 1, nil, 2*time.Second)
		late, end := context.WithTimeout(t.Context(), 0)
		defer end()
		_ = o.Failed(errors.New("gone"))
		go o.Get(t.Context())
		synctest.Wait()
		if _, err := o.Get(late); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the deadline: %v", err)
		}
		time.Sleep(2 * time.Second)
	})
}
