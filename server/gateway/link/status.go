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

// Status is the state of a link, or of several that are one to those who want to know it: it is up while some of them are, and
// Up is told again when another one comes up. Nothing is known until something is of each of them.
type Status struct {
	mu       sync.Mutex
	links    []ofLink
	known    bool  // false while the first dial is under way
	reason   error // known: nil when up
	doubtful bool  // the reason may be out of date, and a dial is about to tell
	watchers []*watch
}

// ofLink is what is known of one link.
type ofLink struct {
	known  bool
	reason error // known: nil when up

	// asked is told, with the lock held, that somebody new wants to know of a backend that is down. True: it is about to be
	// dialled, and what comes of that is to be waited for. Nil: nobody wants to know.
	asked func() (doubtful bool)
}

func (l *ofLink) isUp() bool { return l.known && l.reason == nil }

// add makes the status that of one more link, and returns its number.
func (s *Status) add(asked func() (doubtful bool)) (link int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links = append(s.links, ofLink{asked: asked})
	return len(s.links) - 1
}

// get is Get of one link alone.
func (s *Status) get(link int) (known bool, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links[link].known, s.links[link].reason
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
func (s *Status) Up() { s.set(0, nil) }

// Down records the latest reason; watchers are told only about the first of an outage.
func (s *Status) Down(reason error) { s.set(0, reason) }

func (s *Status) set(link int, reason error) {
	for _, w := range s.note(link, reason) {
		s.tell(w)
	}
}

// note takes in the state of a link, and returns who is to be told.
func (s *Status) note(link int, reason error) (told []*watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	another := s.learn(link, reason)
	isUp := slices.ContainsFunc(s.links, func(l ofLink) bool { return l.isUp() })
	switch {
	case !s.known && slices.ContainsFunc(s.links, func(l ofLink) bool { return !l.known }):
		return nil
	case s.known && isUp && reason != nil:
		return nil
	case isUp:
		reason = nil
	}
	changed := !s.known || another || (s.reason == nil) != (reason == nil)
	s.known, s.reason, s.doubtful = true, reason, false
	for _, w := range s.watchers {
		if changed || !w.knows {
			w.add(reason)
			told = append(told, w)
		}
	}
	return told
}

// learn notes the state of a link, and tells whether that has come up.
func (s *Status) learn(link int, reason error) (cameUp bool) {
	if len(s.links) == 0 { // nobody has said how many there are
		s.links = make([]ofLink, 1)
	}
	l := &s.links[link]
	cameUp = reason == nil && !l.isUp()
	l.known, l.reason = true, reason
	return cameUp
}

// Watch adds a watcher and reports the present state, if it is known, before it returns or from the goroutine of the
// change that overtakes it. A link that is down and waits before it dials again does so soon for whoever is new. After stop returns no further call is begun; one under way may still be running.
func (s *Status) Watch(watcher Watcher) (stop func()) {
	w := &watch{watcher: watcher}
	s.mu.Lock()
	s.watchers = append(s.watchers, w)
	if s.known && s.reason != nil {
		s.ask()
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

// ask has links that are down dial soon. The lock is held.
func (s *Status) ask() {
	for _, l := range s.links {
		if l.asked != nil {
			s.doubtful = l.asked() || s.doubtful
		}
	}
}

// add notes news under the lock. With two untold ones the last is enough: after a pair of opposite states it is as before, and
// to be up again once more is to be up again.
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
