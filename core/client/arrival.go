package client

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Arrival is a message that has arrived, for an owner who cannot afford an Event for each (Config.Arrived): it is not taken
// apart. Its fields alias the bytes that were given to Feed, and hold until Config.Arrived returns.
type Arrival struct {
	Socket           uint32
	Payload          []byte   // the parts, one directly after the other
	Lengths          []uint32 // of the parts
	Endpoint, Offset uint64   // place of the message in the history of an endpoint; Offset 0: the bridge keeps no history
}

// hear returns what handles a Message as receive does. The session calls it for each.
func (c *Client) hear() func(id uint32, body core.Body) error {
	return func(id uint32, body core.Body) error {
		s := c.hearer
		if s == nil || s.id != id {
			s = c.sockets[id]
			c.hearer = s
		}
		if s == nil || s.closing != nil || c.session == nil {
			return c.receive(&core.Frame{Kind: core.KindMessage, Socket: id, Body: body})
		}
		return s.arrive(c, body, 0, 0)
	}
}

// arrive hands on a message.
func (s *socket) arrive(c *Client, body core.Body, endpoint, offset uint64) error {
	a := &c.arrival
	lengths, payload, err := body.Lengths(a.Lengths[:0])
	if err != nil {
		return core.NewCloseError(core.CloseMalformed, err.Error())
	}
	s.heldMessages++
	s.heldBytes += len(payload)
	a.Socket, a.Payload, a.Lengths, a.Endpoint, a.Offset = s.id, payload, lengths, endpoint, offset
	c.cfg.Arrived(a)
	a.Payload = nil // otherwise it would keep the batch in memory
	return nil
}
