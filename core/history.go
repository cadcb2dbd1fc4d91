package core

// published handles a Publication: a message of an endpoint whose history the bridge keeps.
func (s *socket) published(c *Client, f *Frame, e Event) error {
	ep := s.endpoint(f)
	if ep == nil {
		return closeWith(CloseState, "Publication of an endpoint that was never opened")
	}
	ep.position.Offset = f.Offset
	e.Kind, e.ID, e.Endpoint, e.Offset = EventMessage, 0, f.ID, f.Offset
	return s.deliver(c, e, f.Body)
}

// positioned handles a Position, by which the bridge tells where the socket stands in the history of an endpoint.
func (s *socket) positioned(c *Client, f *Frame, e Event) error {
	ep := s.endpoint(f)
	if ep == nil {
		return closeWith(CloseState, "Position in an endpoint that was never opened")
	}
	ep.position = Position{Epoch: string(f.Name), Offset: f.Offset}
	place := e
	place.Kind, place.Text, place.Offset = EventPositioned, f.Name, f.Offset
	c.emit(place)
	if f.Flags&FlagRecovered != 0 {
		e.Kind, e.Missed = EventRecovered, f.Messages
		c.emit(e)
	}
	return nil
}

func (s *socket) endpoint(f *Frame) *endpoint {
	if f.ID == 0 || f.ID > uint64(len(s.endpoints)) {
		return nil
	}
	return &s.endpoints[f.ID-1]
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
			c.send(Frame{Kind: KindRecover, Socket: s.id, ID: uint64(i + 1), Offset: p.Offset, Name: []byte(p.Epoch)})
		}
	}
}
