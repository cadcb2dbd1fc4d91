package session

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// handle acts on one frame of the client. It runs on the line's reading goroutine without the lock. An error ends the
// session.
func (s *session) handle(f *core.Frame) error {
	if f.Kind == core.KindCredentials {
		return s.renew(f)
	}
	h, err := s.find(f)
	switch {
	case h == nil:
		return s.answerClosed(f, err)
	case f.Kind == core.KindCredit:
		return h.grant(f)
	case s.waits(h, f):
		s.putAside(h, f)
		return nil
	}
	defer s.takeBack(h)
	return s.act(h, f)
}

// find finds the socket of a frame, or makes it, if it is an Open.
func (s *session) find(f *core.Frame) (*Handle, error) {
	switch {
	case f.Kind != core.KindOpen:
		return s.lookup(f.Socket)
	case !f.Type.Valid():
		return nil, core.NewCloseError(core.CloseState, "Open of an unknown socket type")
	}
	s.opens.Add()
	return s.ensureSocket(f)
}

// act handles a frame of a socket, for who has its turn.
func (s *session) act(h *Handle, f *core.Frame) error {
	if f.Kind == core.KindClose {
		s.closeSocket(h, f)
		return nil
	}
	return h.socket.Handle(f)
}

// lookup finds a socket. A number that was never opened is an error; one that is closed is nil without an error, because
// the client may not have known.
func (s *session) lookup(id uint32) (*Handle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id > s.lastSocket {
		return nil, core.NewCloseError(core.CloseState, "a frame for a socket that was never opened")
	}
	return s.sockets.At(id), nil
}

// answerClosed deals with a frame for a socket that is gone: a request still gets an answer.
func (s *session) answerClosed(f *core.Frame, err error) error {
	if err != nil {
		return err
	}
	if f.Kind == core.KindRequest {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.append(failed(f.Socket, f.ID, core.NewError(core.Closed, "the socket is closed")))
	}
	return nil
}

// ensureSocket finds the socket of an Open, or makes it. Numbers come in any order: sockets are numbered when they are
// made, and opened when they are connected. It is nil without an error where the bridge has closed the socket, which the
// client did not know yet.
func (s *session) ensureSocket(f *core.Frame) (*Handle, error) {
	h, err := s.place(f)
	if h == nil || h.socket != nil {
		return h, err
	}
	h.socket = s.registry.host.NewSocket(h, f)
	s.mu.Lock()
	defer s.mu.Unlock()
	h.gatherer = gathererOf(h.socket)
	s.sockets.Set(f.Socket, h)
	h.open = true
	return h, nil
}

// remove forgets a socket, which is closed. The lock is held.
func (s *session) remove(h *Handle) {
	s.sockets.Delete(h.id)
	h.open = false
	s.gathered.last = nil
}

// place finds the handle of an Open's socket, or makes one. Nobody else makes sockets: it is the reading goroutine.
func (s *session) place(f *core.Frame) (*Handle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.sockets.At(f.Socket); h != nil {
		return h, nil
	}
	switch {
	case s.sockets == nil:
		return nil, core.NewCloseError(core.CloseGoingAway, "the connection is ending")
	case f.ID > 1 && f.Socket <= s.lastSocket:
		return nil, nil
	case s.sockets.Len()-s.errands.Closing() >= s.registry.limits().MaxSockets:
		s.registry.counters.Hit(limit.Sockets)
		return nil, core.NewCloseError(core.CloseLimit, "too many sockets on this connection")
	}
	s.lastSocket = max(s.lastSocket, f.Socket)
	h := &Handle{session: s, id: f.Socket, typ: f.Type, queue: s.outbox.NewQueue(f.Socket, f.Messages, f.Bytes),
		cost: s.costs.Charge(account.Sockets)}
	h.cost.Set(socketPlace + len(f.Name))
	return h, nil
}

// socketPlace is what a socket costs without its endpoints.
const socketPlace = 2 << 10

// maxLinger keeps what a client asks for within what a time can hold. The bridge's own bound is below it.
const maxLinger = time.Hour

// closeSocket ends a socket. Whether the client is told what became of its messages depends on what it understands.
func (s *session) closeSocket(h *Handle, f *core.Frame) {
	var farewell Farewell
	s.mu.Lock()
	s.remove(h)
	if s.engine.Can(core.CanLinger) {
		farewell.Linger = time.Duration(min(f.Millis, uint64(maxLinger/time.Millisecond))) * time.Millisecond
		farewell.Told = func(unpassed int) {
			s.append(&core.Frame{Kind: core.KindClosed, Socket: h.id, Code: core.Closed, Messages: uint64(unpassed)})
		}
	}
	s.mu.Unlock()
	h.release(farewell)
}

// failed is the frame that answers a request with an error.
func failed(socket uint32, request uint64, e *core.Error) *core.Frame {
	return &core.Frame{Kind: core.KindFailed, Socket: socket, ID: request, Code: e.Code, Text: core.ClipText(e.Text)}
}

var slowText = []byte("messages came faster than they were consumed")

// closeSlow ends a socket that asked to be closed rather than to lose anything. A gateway calls it, which must not wait for
// itself: what the socket holds of the gateways is given back later.
func (s *session) closeSlow(h *Handle) {
	s.remove(h)
	s.append(&core.Frame{Kind: core.KindClosed, Socket: h.id, Code: core.Busy, Text: slowText})
	s.ended = append(s.ended, h)
	if !s.handling { // a frame that is being handled may be about this socket
		s.registry.background(s.reap)
	}
}

// handled is told that a frame has been handled. It takes the lock, and leaves it to its caller.
func (s *session) handled() {
	s.mu.Lock()
	s.handling, s.interrupted = false, true
	if len(s.ended) > 0 {
		s.mu.Unlock()
		s.reap()
		s.mu.Lock()
	}
}

// reap releases the sockets that the bridge has closed, unless a frame that may be about one of them is being handled:
// whoever handles it does it then.
func (s *session) reap() {
	s.mu.Lock()
	if s.handling {
		s.mu.Unlock()
		return
	}
	var free []*Handle
	s.ended = slices.DeleteFunc(s.ended, func(h *Handle) bool {
		if h.aside.Taken() {
			return false // who has its turn does it
		}
		free = append(free, h)
		return true
	})
	s.mu.Unlock()
	for _, h := range free {
		h.release(Farewell{})
	}
}
