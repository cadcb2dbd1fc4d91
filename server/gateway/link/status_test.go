package link

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestStatusReportsThePresentStateAtOnce(t *testing.T) {
	var s Status
	e := NewEvents()
	stop := s.Watch(e)
	if len(e) > 0 {
		t.Fatal("something is reported before anything is known")
	}
	s.Down(errors.New("first"))
	s.Down(errors.New("second"))
	s.Up()
	s.Up()
	s.Down(errors.New("third"))
	stop()
	stop()
	s.Up()
	wantEvents(t, e, "down: first", "up", "down: third")

	late := NewEvents()
	defer s.Watch(late)()
	wantEvents(t, late, "up")
	if _, reason := s.Get(); reason != nil {
		t.Error(reason)
	}
}

// TestStatusOfSeveralLinks: they are one, which is up while one is, and tells of each that comes up.
func TestStatusOfSeveralLinks(t *testing.T) {
	var s Status
	hurried := 0
	for range 3 {
		s.add(func() bool { hurried++; return false })
	}
	e := NewEvents()
	defer s.Watch(e)()
	s.set(0, nil)
	s.set(1, errors.New("never there"))
	if known, _ := s.Get(); known || len(e) > 0 {
		t.Fatal("something is known before anything is known of all")
	}
	s.set(2, errors.New("nor this one"))
	s.set(1, nil)
	s.set(0, errors.New("gone"))
	if known, reason := s.get(0); !known || reason == nil {
		t.Error("the first one is not down")
	}
	s.set(1, errors.New("all gone"))
	s.set(2, errors.New("as before"))
	late := NewEvents()
	defer s.Watch(late)()
	s.set(0, nil)
	wantEvents(t, e, "up", "up", "down: all gone", "up")
	wantEvents(t, late, "down: as before", "up")
	if hurried != 3 {
		t.Errorf("%d of 3 links were asked to dial soon", hurried)
	}
}

// TestStatusSlowWatcher: calls never overlap, and a watcher that falls behind ends up with the present state.
func TestStatusSlowWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Status
		w := &slowWatcher{gate: make(chan struct{})}
		defer s.Watch(w)()
		go s.Up()
		synctest.Wait() // in Up, at the gate
		for range 5 {
			s.Down(core.NewError(core.Unavailable, "x")) // does not wait for the watcher
			s.Up()
		}
		s.Down(core.NewError(core.Unavailable, "last"))
		close(w.gate)
		synctest.Wait()
		if want := []string{"up", "down"}; !slices.Equal(w.seen, want) {
			t.Errorf("got %q, want %q", w.seen, want)
		}
	})
}

// slowWatcher has no lock of its own: the race detector would see calls that overlap.
type slowWatcher struct {
	gate chan struct{}
	seen []string
}

func (w *slowWatcher) Up()        { <-w.gate; w.seen = append(w.seen, "up") }
func (w *slowWatcher) Down(error) { <-w.gate; w.seen = append(w.seen, "down") }

func wantEvents(t *testing.T, e Events, want ...string) {
	t.Helper()
	var got []string
	for len(e) > 0 {
		got = append(got, <-e)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
