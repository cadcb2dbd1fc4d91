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
		var life Context
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
	var life Context
	for range 3 {
		_, first := context.WithCancel(&life)
		_, second := context.WithCancel(&life)
		first()
		second()
	}
	if life.after != nil {
		t.Error("something is kept")
	}
}

// TestWithin: what has a part of its time ends when that is over, or with it.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var life Context
		short, cancel := life.Within(time.Second)
		defer cancel()
		long, cancel := life.Within(time.Hour)
		defer cancel()
		given, cancel := life.Within(time.Hour)
		cancel()
		if at, is := short.Deadline(); !is || time.Until(at) != time.Second {
			t.Errorf("it ends at %v", at)
		}
		if short.Err() != nil || long.Err() != nil || !errors.Is(given.Err(), context.Canceled) {
			t.Errorf("in the beginning: %v, %v, %v", short.Err(), long.Err(), given.Err())
		}
		<-short.Done()
		if !errors.Is(short.Err(), context.DeadlineExceeded) || long.Err() != nil {
			t.Errorf("after a second: %v, %v", short.Err(), long.Err())
		}
		life.End()
		<-long.Done()
		if !errors.Is(long.Err(), context.Canceled) || !errors.Is(short.Err(), context.DeadlineExceeded) {
			t.Errorf("in the end: %v, %v", short.Err(), long.Err())
		}
		if none, cancel := life.Within(time.Hour); none.Err() == nil {
			cancel()
			t.Error("it had time after its end")
		}
	})
}

// TestEndAndDone: whoever asks for the channel, however late or early, sees it closed when it has ended, and then there is an error.
func TestEndAndDone(t *testing.T) {
	for range 2000 {
		var life Context
		go life.End()
		<-life.Done()
		if life.Err() == nil {
			t.Fatal("it has ended, and there is no error")
		}
	}
}
