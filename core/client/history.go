package client

import "github.com/zmqwebbridge/zmqwebbridge/core"

// published handles a Publication: a message of an endpoint whose history the bridge keeps.
func (s *socket) published(c *Client, f *core.Frame, e *Event) error {
	ep, known := s.endpoint(f)
	e.Kind, e.ID = EventMessage, 0
	switch {
	case !known:
		return core.NewCloseError(core.CloseState, "Publication of an endpoint that was never opened")
	case ep != nil: // otherwise it was disconnected meanwhile, and nobody can go on there
		ep.position.Offset = f.Offset
		e.Endpoint, e.Offset = ep.id, f.Offset
	}
	return s.deliver(c, e, f.Body)
}

// positioned handles a Position, by which the bridge tells where the socket stands in the history of an endpoint.
func (s *socket) positioned(c *Client, f *core.Frame, e *Event) error {
	ep, known := s.endpoint(f)
	switch {
	case !known:
		return core.NewCloseError(core.CloseState, "Position in an endpoint that was never opened")
	case ep == nil:
		return nil
	}
	e.ID = ep.id
	ep.position = core.Position{Epoch: string(f.Name), Offset: f.Offset}
	place := *e
	place.Kind, place.Text, place.Offset = EventPositioned, f.Name, f.Offset
	c.emit(&place)
	if f.Flags&core.FlagRecovered != 0 {
		e.Kind, e.Missed = EventRecovered, f.Messages
		c.emit(e)
	}
	return nil
}

// positionsKnown tells whether the bridge keeps the history of every endpoint of the socket that it has not refused.
func (s *socket) positionsKnown() bool {
	for i := range s.endpoints {
		if s.endpoints[i].position.Epoch == "" && s.endpoints[i].refused == nil {
			return false
		}
	}
	return true
}

func (s *socket) sayRecover(c *Client) {
	for i := range s.endpoints {
		ep := &s.endpoints[i]
		if p := ep.position; ep.held {
			ep.held = false
			c.send(&core.Frame{Kind: core.KindRecover, Socket: s.id, ID: ep.number, Offset: p.Offset, Name: []byte(p.Epoch)})
		}
	}
}
