package core

import "slices"

// welcomed begins on a session: the old one, which goes on as if nothing had happened, or a new one, to which
// everything is said again. Events come after that: whoever is told calls into a Client whose sockets are all open.
func (c *Client) welcomed(f *Frame) error {
	if f.Flags&FlagResumed != 0 {
		if c.spilt {
			return c.giveUp(errSpilt)
		}
		c.kept = false
		c.goOn()
		c.emit(Event{Kind: EventResumed})
		c.tellWritable()
		return nil
	}
	var lost []lostRequest
	reset := c.kept
	if c.kept {
		c.kept = false
		lost = c.forget()
	}
	c.reopen()
	if reset {
		c.tellLost(lost, resetReason(f.Code))
	}
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			s.reportGap(c)
		}
	}
	if c.Ready() { // nobody ended it meanwhile
		c.emit(Event{Kind: EventReady})
	}
	return nil
}

// tellWritable tells senders that were refused while the session was cut, where goOn has made room.
func (c *Client) tellWritable() {
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			s.tellWritable(c)
		}
	}
}

// resetReason is why the bridge began a new session.
func resetReason(code Code) *Error {
	switch code {
	case OK:
		return NewError(Lost, "the bridge keeps no sessions any more")
	case Denied:
		return &Error{Code: Denied, Text: "the session belongs to another user", Remote: true}
	}
	return &Error{Code: code, Text: "the bridge does not know the session any more", Remote: true}
}

// goOn says what could not be said while the session was cut.
func (c *Client) goOn() {
	for _, id := range slices.Clone(c.order) {
		s := c.sockets[id]
		if s == nil {
			continue
		}
		s.openRest(c)
		s.flush(c)
		s.sendQueued(c)
	}
}

// reopen says everything again.
func (c *Client) reopen() {
	for _, id := range c.order {
		c.sockets[id].open(c)
	}
}

type lostRequest struct {
	socket  uint32
	request uint64
}

// lose ends what a session that is gone leaves behind.
func (c *Client) lose(why *Error) { c.tellLost(c.forget(), why) }

// forget puts every socket into the state of a bridge that knows nothing of it, and returns the requests that are lost.
func (c *Client) forget() (lost []lostRequest) {
	c.recovering = nil
	for _, id := range c.order {
		for _, request := range c.sockets[id].forget(c) {
			lost = append(lost, lostRequest{id, request})
		}
	}
	return lost
}

// tellLost fails requests that are no longer pending: nothing the receiver does can end one of them first.
func (c *Client) tellLost(lost []lostRequest, why *Error) {
	c.emit(Event{Kind: EventReset, Code: why.Code, Text: ClipText(why.Text), Remote: why.Remote})
	for _, l := range lost {
		if c.sockets[l.socket] == nil {
			continue // closed by who was told of one before
		}
		c.emit(Event{Kind: EventFailed, Socket: l.socket, ID: l.request, Code: Lost, Text: ClipText(why.Text)})
	}
}

// sayRecover ends the hold on sockets that were opened with a position: by now they have said what they subscribe to.
func (c *Client) sayRecover() {
	if len(c.recovering) == 0 || !c.Ready() {
		return
	}
	waiting := c.recovering[:0]
	for _, id := range c.recovering {
		s := c.sockets[id]
		switch {
		case s == nil:
		case len(s.subscriptions) == 0:
			waiting = append(waiting, id)
		default:
			s.sayRecover(c)
		}
	}
	c.recovering = waiting
}
