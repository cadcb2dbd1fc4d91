package client

import "github.com/zmqwebbridge/zmqwebbridge/core"

// letGo is an endpoint that was disconnected, and that the bridge has not let go of yet.
type letGo struct {
	id     uint64 // the number that the application knows it by
	number uint64 // its number on this session
}

// Disconnect takes an endpoint away from a socket, whether it was connected or bound. The socket goes on with its other
// endpoints. waits tells whether the bridge has to let go of it first: EventDisconnected, or EventReset, says then that it
// has. The error is Unsupported if the bridge is too old for that.
//
// What has arrived from the endpoint before is still delivered. What waits for it goes to the other endpoints. If there are
// none, it fails (EventFailed).
func (c *Client) Disconnect(id uint32, endpoint uint64) (waits bool, err error) {
	s, err := c.socket(id)
	if err != nil {
		return false, err
	}
	i := s.place(endpoint)
	if i < 0 {
		return false, core.NewError(core.Invalid, "the socket has no such endpoint")
	}
	if number := s.endpoints[i].number; number != 0 {
		if !c.session.Can(core.CanDisconnect) {
			return false, errNoDisconnect
		}
		if err := c.send(&core.Frame{Kind: core.KindDisconnect, Socket: id, ID: number}); err != nil {
			return false, err
		}
		waits = true
		s.leaving = append(s.leaving, letGo{endpoint, number})
	}
	s.endpoints = append(s.endpoints[:i], s.endpoints[i+1:]...)
	return waits, nil
}

var (
	errNoDisconnect = core.NewError(core.Unsupported, "this bridge is too old to disconnect a socket from one of its endpoints")
	errNowhere      = core.NewError(core.Unavailable, "the socket was disconnected from its last endpoint; nothing was sent")
)

// disconnected handles the bridge's answer to Disconnect.
func (s *socket) disconnected(c *Client, f *core.Frame, e *Event) error {
	if f.ID == 0 || f.ID > s.opened {
		return core.NewCloseError(core.CloseState, "Disconnected of an endpoint that was never opened")
	}
	e.Kind, e.ID = EventDisconnected, 0
	for i, it := range s.leaving {
		if it.number == f.ID {
			e.ID = it.id
			s.leaving = append(s.leaving[:i], s.leaving[i+1:]...)
			break
		}
	}
	if e.ID == 0 {
		return nil
	}
	c.emit(e)
	why := s.refusal()
	if len(s.endpoints) == 0 {
		why = errNowhere
	}
	if why != nil && c.sockets[s.id] == s {
		s.failQueued(c, why)
		s.failPending(c, why)
	}
	return nil
}

// place finds an endpoint by the number that the application knows it by; -1 if it is not there.
func (s *socket) place(id uint64) int {
	for i := range s.endpoints {
		if s.endpoints[i].id == id {
			return i
		}
	}
	return -1
}

// endpoint finds the endpoint that a frame is about. known is false if there never was one; if it was disconnected
// meanwhile, ep is nil.
func (s *socket) endpoint(f *core.Frame) (ep *endpoint, known bool) {
	if f.ID == 0 || f.ID > s.opened {
		return nil, false
	}
	for i := range s.endpoints {
		if s.endpoints[i].number == f.ID {
			return &s.endpoints[i], true
		}
	}
	return nil, true
}
