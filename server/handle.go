package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// handle acts on one frame of the client. It runs on the read goroutine without the lock. An error ends the session.
func (s *session) handle(f *core.Frame) error {
	switch f.Kind {
	case core.KindOpen:
		return s.openEndpoint(f)
	}
	k, err := s.lookup(f.Socket)
	if k == nil {
		return s.answerClosed(f, err)
	}
	switch f.Kind {
	case core.KindClose:
		s.closeSocket(k)
		return nil
	case core.KindCredit:
		return k.grant(f)
	case core.KindSubscribe, core.KindUnsubscribe:
		return k.handleSubscription(f)
	case core.KindRecover:
		return k.handleRecover(f)
	case core.KindRequest, core.KindCancel:
		return k.handleRequest(f)
	case core.KindReply, core.KindFailed:
		return k.handleReply(f)
	case core.KindMessage:
		return k.handleMessage(f)
	}
	return outOfState(f, k.typ)
}

func outOfState(f *core.Frame, t core.SocketType) error {
	return core.NewCloseError(core.CloseState, f.Kind.String()+" on a "+t.String()+" socket")
}

// lookup finds a socket. A number that was never opened is an error; one that is closed is nil without an error, the
// client may not have known.
func (s *session) lookup(id uint32) (*socket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id > s.lastSocket {
		return nil, core.NewCloseError(core.CloseState, "a frame for a socket that was never opened")
	}
	return s.sockets[id], nil
}

// answerClosed deals with a frame for a socket that is gone: who asked still gets an answer.
func (s *session) answerClosed(f *core.Frame, err error) error {
	if err != nil {
		return err
	}
	if f.Kind == core.KindRequest {
		s.failed(f.Socket, f.ID, core.NewError(core.Closed, "the socket is closed"))
	}
	return nil
}

// openEndpoint adds an endpoint to a socket; the first Open of a number makes the socket.
func (s *session) openEndpoint(f *core.Frame) error {
	if !f.Type.Valid() {
		return core.NewCloseError(core.CloseState, "Open of an unknown socket type")
	}
	k, err := s.ensureSocket(f)
	if k == nil {
		return err
	}
	if f.Type != k.typ {
		return core.NewCloseError(core.CloseState, "Open with another type than the socket has")
	}
	if f.ID != uint64(len(k.endpoints)+1) {
		return core.NewCloseError(core.CloseState, "endpoint number out of order")
	}
	if len(k.endpoints) >= s.bridge.cfg.MaxEndpoints {
		return core.NewCloseError(core.CloseLimit, "too many endpoints on a socket")
	}
	up := &upstream{socket: k, number: f.ID}
	k.endpoints = append(k.endpoints, up)
	if refusal := up.open(f); refusal != nil {
		k.refuse(up, refusal)
	}
	return nil
}

// ensureSocket finds the socket of an Open, or makes it. Numbers come in any order: sockets are numbered when they are
// made, and opened when they are connected. It is nil without an error where the bridge has closed the socket, which the
// client did not know yet.
func (s *session) ensureSocket(f *core.Frame) (*socket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.sockets[f.Socket]; k != nil {
		return k, nil
	}
	switch {
	case s.sockets == nil:
		return nil, core.NewCloseError(core.CloseGoingAway, "the connection is ending")
	case f.ID > 1 && f.Socket <= s.lastSocket:
		return nil, nil
	case len(s.sockets) >= s.bridge.cfg.MaxSockets:
		return nil, core.NewCloseError(core.CloseLimit, "too many sockets on this connection")
	}
	s.lastSocket = max(s.lastSocket, f.Socket)
	k := newSocket(s, f)
	s.sockets[f.Socket] = k
	return k, nil
}

func (s *session) closeSocket(k *socket) {
	s.mu.Lock()
	delete(s.sockets, k.id)
	s.mu.Unlock()
	k.release()
}
