package session

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/aside"
)

// maxAsking is for how many sockets of a client somebody is asked at once: who decides is there for all clients, and does not take
// any number of questions.
const maxAsking = 4

// waits tells whether a frame has to be put aside: others of its socket wait already, or somebody has to be asked about it who may
// take his time. It is for the reading goroutine.
func (s *session) waits(h *Handle, f *core.Frame) bool {
	if h.aside.Taken() {
		return true
	}
	if !h.socket.Asks(f) {
		return false
	}
	s.mu.Lock()
	user, depends := s.user, s.errands.Concern(f)
	s.mu.Unlock()
	return depends || s.registry.host.Waits(user)
}

// putAside is for a frame that waits.
func (s *session) putAside(h *Handle, f *core.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h.aside.Full() && s.line.cause == nil {
		s.awaitRoom(&h.aside)
	}
	late := aside.Frame{Frame: s.keeping(f), Size: aside.SizeOf(f), After: s.errands.Before(f)}
	if f.Kind == core.KindClose || f.Kind == core.KindDisconnect {
		late.Errand = s.errands.Begin(f.Kind)
	}
	h.aside.Put(late)
	s.costs.SetAside(late.Size)
	if h.aside.Take() {
		s.goAside(h)
	}
}

// awaitRoom waits until a frame has gone, or the line ends: then nothing is read any more, and what was read has to be kept. The
// lock is held, but not meanwhile, nor is the visit: a judge may come.
func (s *session) awaitRoom(t *aside.Turn) {
	room := t.Room()
	s.mu.Unlock()
	s.visit.Unlock()
	<-room
	s.visit.Lock()
	s.mu.Lock()
}

// wakeAside has the reading goroutine, if it waits for room, see that the line ends. The lock is held.
func (s *session) wakeAside() {
	for h := range s.sockets.Values() {
		h.aside.Wake()
	}
}

// keeping is a frame that does not keep more in memory than it is.
func (s *session) keeping(f *core.Frame) core.Frame {
	kept := *f
	if s.pins(len(f.Name) + len(f.Text) + len(f.Params) + len(f.Body)) {
		kept.Name, kept.Text, kept.Params, kept.Body = slices.Clone(f.Name), slices.Clone(f.Text), slices.Clone(f.Params), slices.Clone(f.Body)
	}
	return kept
}

// goBeside runs something that the session waits for when it is released. An error ends the session. If the bridge is closing
// nothing is run. The lock is held; nobody waits yet, or who calls is waited for.
func (s *session) goBeside(f func() error) (runs bool) {
	s.beside.Add(1)
	runs = s.registry.background(func() {
		err := s.registry.safely(s.about, f)
		s.beside.Done()
		if err != nil {
			s.end(asClose(err))
		}
	})
	if !runs {
		s.beside.Done()
	}
	return runs
}

// about is what a line in the log about the session has. No lock is held.
func (s *session) about() []any { return s.registry.lineOf(s.id, s.owner(), s.handshake()) }

// goAside has the frames of a socket handled, whose turn was taken for that. The lock is held.
func (s *session) goAside(h *Handle) {
	if s.asking == nil {
		s.asking = make(chan struct{}, maxAsking)
	}
	if !s.goBeside(func() error { return s.serveAside(h) }) {
		s.forgetAside(h)
	}
}

// serveAside handles frames until none waits, or a judge wants the turn.
func (s *session) serveAside(h *Handle) (err error) {
	defer s.reap()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.passTurn(h)
	for err == nil && s.over == nil {
		late, is := h.aside.Next()
		if !is {
			return nil
		}
		s.costs.SetAside(-late.Size)
		err = s.actLate(h, &late)
		s.errands.Finish(late.Errand)
	}
	return err
}

// actLate handles a frame that has waited. The lock is held, but not meanwhile.
func (s *session) actLate(h *Handle, late *aside.Frame) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	renewed := false
	for _, e := range late.After {
		select {
		case <-e.Over():
			renewed = renewed || e.Renews()
		case <-s.ctx.Done():
			return nil
		}
	}
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-s.ctx.Done():
		return nil
	}
	if renewed {
		h.socket.Judge(&s.ctx) // what the socket has was judged as of the user of before
	}
	if !h.isOpen() {
		return s.answerClosed(&late.Frame, nil)
	}
	return s.act(h, &late.Frame)
}

func (h *Handle) isOpen() bool {
	h.Lock()
	defer h.Unlock()
	return h.Open() && !h.aside.Ended()
}

// passTurn is called by who has had the turn. The lock is held.
func (s *session) passTurn(h *Handle) {
	switch {
	case s.over != nil || s.sockets == nil || h.aside.Ended():
		s.forgetAside(h)
	case h.aside.Pass():
		s.goAside(h)
	}
	s.tellHeard()
}

// hearOut waits until no frame waits any more, for as long as a hook may take.
func (s *session) hearOut() {
	s.mu.Lock()
	heard := make(chan struct{})
	s.heard = heard
	s.tellHeard()
	s.mu.Unlock()
	ctx, cancel := s.ctx.Within(s.registry.cfg.HookTimeout)
	defer cancel()
	select {
	case <-heard:
	case <-ctx.Done():
	}
}

// tellHeard has hearOut go on if no frame waits any more, or the session is over. The lock is held.
func (s *session) tellHeard() {
	if s.heard != nil && !s.hasAside() {
		close(s.heard)
		s.heard = nil
	}
}

// hasAside tells whether frames wait, or one is handled that has. The lock is held.
func (s *session) hasAside() bool {
	if s.over != nil {
		return false
	}
	for h := range s.sockets.Values() {
		if h.aside.Taken() {
			return true
		}
	}
	return false
}

// forgetAside drops what waits: the session has ended. The turn stays taken: nothing is to be done any more. The lock is held.
func (s *session) forgetAside(h *Handle) {
	for _, late := range h.aside.End() {
		s.costs.SetAside(-late.Size)
		s.errands.Finish(late.Errand)
	}
}

// Yield is for a Socket that handles a frame, and has to wait for something that takes a while: wait is called, and the other sockets
// of the client may be judged meanwhile. Whoever wants to judge this one has to wait until the frame is handled. The lock is not held.
func (h *Handle) Yield(wait func()) {
	s := h.session
	if !h.yielded && !h.aside.Take() { // not the reading goroutine handles the frame, so the visit is nobody's
		wait()
		return
	}
	h.yielded = true
	s.visit.Unlock()
	defer s.visit.Lock()
	wait()
}

// takeBack ends the turn that Yield has taken, when the frame has been handled. It is for the reading goroutine.
func (s *session) takeBack(h *Handle) {
	if !h.yielded {
		return
	}
	h.yielded = false
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passTurn(h)
}
