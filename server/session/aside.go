package session

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// aside is where the frames of a socket wait while somebody is asked about one of them. A goroutine handles them, in their order,
// while the reading one goes on with all else that the client says. Whoever handles a frame there, or judges the socket, has its
// turn; the reading goroutine does nothing about the socket meanwhile but to grant credit.
//
// The session's lock guards it.
type aside struct {
	taken  atomic.Bool // somebody has the turn. The reading goroutine looks at it without the lock
	ended  bool        // the session has, and nothing is handled any more
	frames []lateFrame
	bytes  int             // of these
	judges []chan struct{} // who wants the turn to judge the socket, before the next frame; closed when they have it
	room   chan struct{}   // closed when a frame has gone; nil: nobody waits for that
}

// lateFrame is a frame that waits.
type lateFrame struct {
	core.Frame
	size   int
	after  []*errand // of the client, from before: they have to be over
	errand *errand   // of a Close or a Disconnect
}

// errand is something that the client has said, that takes its time, and that the answers to what it says next depend on. A renewal
// changes who asks; a Close or a Disconnect leaves what another socket may have then.
type errand struct {
	over chan struct{}
	kind core.Kind // of its frame
}

// So many frames and bytes of a socket wait. If there would be more, nothing is read of the client until there is room.
const (
	maxAside      = 256
	maxAsideBytes = 1 << 20
	asidePlace    = 512
)

// maxAsking is for how many sockets of a client somebody is asked at once: who decides is there for all clients, and does not take
// any number of questions.
const maxAsking = 4

func (a *aside) full() bool { return len(a.frames) >= maxAside || a.bytes >= maxAsideBytes }

func (a *aside) put(f lateFrame) {
	a.frames = append(a.frames, f)
	a.bytes += f.size
}

func (a *aside) take() (f lateFrame) {
	f, a.frames[0] = a.frames[0], lateFrame{}
	a.frames = a.frames[1:]
	a.bytes -= f.size
	a.wake()
	return f
}

// wake has whoever waits for room look again.
func (a *aside) wake() {
	if a.room != nil {
		close(a.room)
		a.room = nil
	}
}

// waits tells whether a frame has to be put aside: others of its socket wait already, or somebody has to be asked about it who may
// take his time. It is for the reading goroutine.
func (s *session) waits(h *Handle, f *core.Frame) bool {
	if h.aside.taken.Load() {
		return true
	}
	if !h.socket.Asks(f) {
		return false
	}
	s.mu.Lock()
	user, depends := s.user, slices.ContainsFunc(s.errands, func(e *errand) bool { return e.concerns(f) })
	s.mu.Unlock()
	return depends || s.registry.host.Waits(user)
}

// concerns tells whether what is asked about a frame depends on the errand.
func (e *errand) concerns(f *core.Frame) bool {
	return e.kind == core.KindCredentials || f.Kind == core.KindOpen
}

// putAside is for a frame that waits.
func (s *session) putAside(h *Handle, f *core.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h.aside.full() && s.line.cause == nil {
		s.awaitRoom(&h.aside)
	}
	late := lateFrame{Frame: s.keeping(f)}
	late.size = asidePlace + len(f.Name) + len(f.Text) + len(f.Params) + len(f.Body)
	for _, e := range s.errands {
		if e.concerns(f) {
			late.after = append(late.after, e)
		}
	}
	if f.Kind == core.KindClose || f.Kind == core.KindDisconnect {
		late.errand = s.begin(f.Kind)
	}
	h.aside.put(late)
	s.costs.aside.Add(late.size)
	if !h.aside.taken.Swap(true) {
		s.goAside(h)
	}
}

// awaitRoom waits until a frame has gone, or the line ends: then nothing is read any more, and what was read has to be kept. The
// lock is held, but not meanwhile, nor is the visit: a judge may come.
func (s *session) awaitRoom(a *aside) {
	if a.room == nil {
		a.room = make(chan struct{})
	}
	room := a.room
	s.mu.Unlock()
	s.visit.Unlock()
	<-room
	s.visit.Lock()
	s.mu.Lock()
}

// wakeAside has the reading goroutine, if it waits for room, see that the line ends. The lock is held.
func (s *session) wakeAside() {
	for _, h := range s.sockets {
		h.aside.wake()
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

// begin notes an errand. The lock is held, as for finish.
func (s *session) begin(kind core.Kind) *errand {
	e := &errand{over: make(chan struct{}), kind: kind}
	s.errands = append(slices.Clip(s.errands), e)
	return e
}

func (s *session) finish(e *errand) {
	if e == nil {
		return
	}
	close(e.over)
	s.errands = slices.DeleteFunc(slices.Clone(s.errands), func(other *errand) bool { return other == e })
}

// closing is how many sockets are about to be closed. The lock is held.
func (s *session) closing() (n int) {
	for _, e := range s.errands {
		if e.kind == core.KindClose {
			n++
		}
	}
	return n
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
	a := &h.aside
	for err == nil && len(a.frames) > 0 && len(a.judges) == 0 && s.over == nil {
		late := a.take()
		s.costs.aside.Add(-late.size)
		err = s.actLate(h, &late)
		s.finish(late.errand)
	}
	return err
}

// actLate handles a frame that has waited. The lock is held, but not meanwhile.
func (s *session) actLate(h *Handle, late *lateFrame) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	renewed := false
	for _, e := range late.after {
		select {
		case <-e.over:
			renewed = renewed || e.kind == core.KindCredentials
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
	return h.Open() && !h.aside.ended
}

// passTurn is called by who has had the turn. The lock is held.
func (s *session) passTurn(h *Handle) {
	a := &h.aside
	switch {
	case s.over != nil || s.sockets == nil || a.ended:
		s.forgetAside(h)
	case len(a.judges) > 0:
		close(a.judges[0])
		a.judges = a.judges[1:]
	case len(a.frames) > 0:
		s.goAside(h)
	default:
		a.frames = nil
		a.taken.Store(false)
	}
}

// hearOut waits until no frame waits any more, for as long as a hook may take.
func (s *session) hearOut() {
	ctx, cancel := context.WithTimeout(&s.ctx, s.registry.cfg.HookTimeout)
	defer cancel()
	const again = 5 * time.Millisecond
	for s.hasAside() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

func (s *session) hasAside() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return false
	}
	for _, h := range s.sockets {
		if h.aside.taken.Load() {
			return true
		}
	}
	return false
}

// forgetAside drops what waits: the session has ended. The turn stays taken: nothing is to be done any more. The lock is held.
func (s *session) forgetAside(h *Handle) {
	for len(h.aside.frames) > 0 {
		late := h.aside.take()
		s.costs.aside.Add(-late.size)
		s.finish(late.errand)
	}
	for _, judge := range h.aside.judges {
		close(judge)
	}
	h.aside.judges, h.aside.ended = nil, true
}
