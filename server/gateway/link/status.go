package link

import (
	"slices"
	"sync"
)

// Watcher is told about the upstream: Up when a connection is established, Down with the reason when it is lost or the
// first attempt failed. Calls come in order, one at a time, never with a lock held. They must not block. A watcher that
// falls behind may miss an outage that is over, never the present state.
type Watcher interface {
	Up()
	Down(err error)
}

// Status is the state of a link, and who wants to know it.
type Status struct {
	// asked is told, with the lock held, that somebody new wants to know of a backend that is down. True: it is about to be
	// dialled, and what comes of that is to be waited for. Nil: nobody wants to know.
	asked func() (doubtful bool)

	mu       sync.Mutex
	known    bool  // false while the first dial is under way
	reason   error // known: nil when up
	doubtful bool  // the reason may be out of date, and a dial is about to tell
	watchers []*watch
}

// watch is one watcher and what it has not been told yet.
type watch struct {
	watcher Watcher
	news    []error // oldest first; nil: up
	knows   bool    // it was told something, or is about to be
	telling bool    // some goroutine is delivering news
	stopped bool
}

// maxNews bounds what a watcher can be behind: down and up again.
const maxNews = 2

// Get returns whether the state is known, and if it is, the reason for being down or nil.
func (s *Status) Get() (known bool, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known || s.doubtful {
		return false, nil
	}
	return true, s.reason
}

// Up records that the backend is connected, or that the socket listens.
func (s *Status) Up() { s.set(nil) }

// Down records the latest reason; watchers are told only about the first of an outage.
func (s *Status) Down(reason error) { s.set(reason) }

func (s *Status) set(reason error) {
	s.mu.Lock()
	changed := !s.known || (s.reason == nil) != (reason == nil)
	s.known, s.reason, s.doubtful = true, reason, false
	var told []*watch
	for _, w := range s.watchers {
		if changed || !w.knows {
			w.add(reason)
			told = append(told, w)
		}
	}
	s.mu.Unlock()
	for _, w := range told {
		s.tell(w)
	}
}

// Watch adds a watcher and reports the present state, if it is known, before it returns or from the goroutine of the
// change that overtakes it. A link that is down and waits before it dials again does so soon for whoever is new. After stop returns no further call is begun; one under way may still be running.
func (s *Status) Watch(watcher Watcher) (stop func()) {
	w := &watch{watcher: watcher}
	s.mu.Lock()
	s.watchers = append(s.watchers, w)
	if s.known && s.reason != nil && s.asked != nil {
		s.doubtful = s.asked() || s.doubtful
	}
	if s.known && !s.doubtful {
		w.add(s.reason)
	}
	s.mu.Unlock()
	s.tell(w)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.stopped, w.news = true, nil
		if i := slices.Index(s.watchers, w); i >= 0 {
			s.watchers = slices.Delete(s.watchers, i, i+1)
		}
	}
}

// add notes news under the lock. States alternate, so with two untold ones the pair cancels out.
func (w *watch) add(reason error) {
	if w.stopped {
		return
	}
	w.knows = true
	if len(w.news) == maxNews {
		w.news = w.news[:0]
	}
	w.news = append(w.news, reason)
}

// tell delivers a watcher's news unless somebody is at it already, who then goes on with what has been added.
func (s *Status) tell(w *watch) {
	s.mu.Lock()
	busy := w.telling
	w.telling = true
	s.mu.Unlock()
	if busy {
		return
	}
	for {
		reason, more := s.next(w)
		switch {
		case !more:
			return
		case reason == nil:
			w.watcher.Up()
		default:
			w.watcher.Down(reason)
		}
	}
}

// next takes the oldest news, or ends the telling.
func (s *Status) next(w *watch) (reason error, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(w.news) == 0 {
		w.telling = false
		return nil, false
	}
	reason = w.news[0]
	w.news = w.news[1:]
	return reason, true
}
