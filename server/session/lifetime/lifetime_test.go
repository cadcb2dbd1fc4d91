package lifetime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestContext: it is a context as any other, for what is derived from it, too.
func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life := New()
		derived, cancel := context.WithTimeout(&life, time.Hour)
		defer cancel()
		short, cancel := context.WithTimeout(&life, time.Second)
		defer cancel()
		ran, stopped := 0, context.AfterFunc(&life, func() { t.Error("it was stopped") })
		context.AfterFunc(&life, func() { ran++ })
		if !stopped() || stopped() {
			t.Error("what has not run yet can be stopped once")
		}
		time.Sleep(2 * time.Second)
		if life.Err() != nil || derived.Err() != nil || !errors.Is(short.Err(), context.DeadlineExceeded) {
			t.Errorf("before the end: %v, %v, %v", life.Err(), derived.Err(), short.Err())
		}
		life.End()
		life.End()
		<-derived.Done()
		synctest.Wait()
		if !errors.Is(life.Err(), context.Canceled) || !errors.Is(derived.Err(), context.Canceled) || ran != 1 {
			t.Errorf("after the end: %v, %v, and what comes after it was called %d times", life.Err(), derived.Err(), ran)
		}
		late := make(chan struct{})
		if stop := context.AfterFunc(&life, func() { close(late) }); stop() {
			t.Error("it has ended, and something after it was stopped")
		}
		<-late
		ctx, cancel := context.WithCancel(&life)
		defer cancel()
		if ctx.Err() == nil {
			t.Error("what is derived from it after its end lives")
		}
	})
}

// TestNothingIsKept of what was derived from them and has ended.
func TestNothingIsKept(t *testing.T) {
	life := New()
	for range 3 {
		_, first := context.WithCancel(&life)
		_, second := context.WithCancel(&life)
		first()
		second()
	}
	if len(life.after) > 0 {
		t.Errorf("%d are kept", len(life.after))
	}
}
