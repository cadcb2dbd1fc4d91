package client

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// closing is the end of a socket that was closed while something that was sent on it had yet to leave. It still sends what
// waits, when there is a connection and credit for it. Of what comes in, nothing is told any more.
type closing struct {
	deadline time.Duration
	asked    bool      // the application has chosen the time, so the bridge is to keep to it as well
	dropped  uint64    // messages that could not be sent
	code     core.Code // Lost: some of what was sent was lost with its session, or may have been

	grace time.Duration // how much longer the bridge's last word is waited for
}

// farewell is a socket for which Close was sent, and of which the bridge has yet to tell what became of its messages.
type farewell struct {
	socket   uint32
	deadline time.Duration
	dropped  uint64 // messages that never came to the bridge
	code     core.Code
}

// lingerGrace is how much longer a client waits for the bridge's last word than it gives the bridge time, if it gives any.
const lingerGrace = 500 * time.Millisecond

// CloseWithin ends a socket. What was sent on it, and has not left yet, has the time of linger to do so. The result tells
// whether that is waited for; exactly one EventEnded follows then, and otherwise none. asked says that the application has
// chosen the time: then the bridge gives up after it, too. Otherwise it goes on for as long as it does for a client that
// has left.
//
// Requests that were sent still reach the backend, but nothing is told of their answers.
func (c *Client) CloseWithin(id uint32, linger time.Duration, asked bool, now time.Duration) (waits bool) {
	c.now = now
	s := c.sockets[id]
	if s == nil || s.closing != nil {
		return false
	}
	linger = min(max(0, linger), maxTimeout)
	s.closing = &closing{deadline: now + linger, asked: asked}
	if linger > 0 {
		s.closing.grace = lingerGrace
	}
	s.subscriptions, s.blocked = nil, false
	s.dropEnded()
	if linger > 0 && len(s.unsent) > 0 && len(s.endpoints) > 0 {
		c.requests.push(deadline{at: s.closing.deadline, socket: id})
		return true
	}
	return c.sayClose(s)
}

// CloseSocket ends a socket at once. What waits to be sent is dropped, and the bridge passes on what it has. Pending
// requests end without an event, because the caller knows that it closes the socket.
func (c *Client) CloseSocket(id uint32) {
	s := c.sockets[id]
	if s == nil {
		return
	}
	if s.live(c) {
		c.send(&core.Frame{Kind: core.KindClose, Socket: id})
	}
	c.remove(s)
}

// Lingers tells whether something that was sent has yet to leave: on a socket that lingers, or because it waits to be
// taken, or because nobody knows whether it came to the bridge before the session was cut.
func (c *Client) Lingers() bool {
	if len(c.farewells) > 0 || c.session != nil && c.session.HoldsMessages() {
		return true
	}
	for _, s := range c.sockets {
		if s.closing != nil {
			return true
		}
	}
	return false
}

// receiveClosing handles a frame for a socket that lingers.
func (s *socket) receiveClosing(c *Client, f *core.Frame) error {
	switch f.Kind {
	case core.KindCredit:
		if err := s.granted(c, f); err != nil {
			return err
		}
		c.lingered(s)
	case core.KindLeft:
		s.receipts.take(f.ID, f.Messages)
	case core.KindFailed:
		s.receipts.take(f.ID, 1)
	case core.KindRefused:
		if ep, _ := s.endpoint(f); ep != nil {
			ep.refused = &core.Error{Code: f.Code, Text: string(f.Text), Remote: true}
		}
		if s.refusal() != nil {
			c.endLinger(s, f.Code)
		}
	case core.KindClosed:
		c.endLinger(s, f.Code)
	}
	return nil
}

// lingered ends a socket that lingers once nothing waits on it any more.
func (c *Client) lingered(s *socket) {
	if s.closing == nil || len(s.unsent) > 0 || c.sockets[s.id] != s {
		return
	}
	if end := s.closing; !c.sayClose(s) {
		c.emit(&Event{Kind: EventEnded, Socket: s.id, Missed: end.dropped, Code: end.code})
	}
}

// sayClose sends Close, forgets the socket, and tells whether the bridge's answer is waited for. It comes later when the
// session is cut, and not at all when that is lost.
func (c *Client) sayClose(s *socket) (waits bool) {
	end := s.closing
	waits = end.deadline+end.grace > c.now && c.speaks() && c.session.Can(core.CanLinger) && s.hasSent()
	c.sendClose(s)
	c.remove(s)
	if waits {
		at := end.deadline + end.grace
		c.farewells = append(c.farewells, farewell{s.id, at, end.dropped, end.code})
		c.requests.push(deadline{at: at, socket: s.id})
	}
	return waits
}

// sendClose sends Close, with the time that is left if the bridge is to keep to it.
func (c *Client) sendClose(s *socket) {
	if !s.live(c) {
		return
	}
	f := &core.Frame{Kind: core.KindClose, Socket: s.id}
	if s.closing.asked && c.session.Can(core.CanLinger) {
		f.Millis = millisUntil(s.closing.deadline, c.now)
	}
	c.send(f)
}

// hasSent tells whether the bridge may have something of this socket that it has not passed on yet.
func (s *socket) hasSent() bool {
	for _, r := range s.pending {
		if r.sent {
			return true
		}
	}
	return s.receipts.open() > 0
}

// endLinger gives up what a socket that lingers has not sent.
func (c *Client) endLinger(s *socket, why core.Code) {
	end := s.closing
	switch {
	case s.hasSent():
		end.code = core.Lost
	case end.code == core.OK:
		end.code = why
	}
	c.sendClose(s)
	c.remove(s)
	c.emit(&Event{Kind: EventEnded, Socket: s.id, Missed: end.dropped + uint64(len(s.unsent)), Code: end.code})
}

// answered handles the bridge's answer to Close.
func (c *Client) answered(f *core.Frame) {
	if f.Kind != core.KindClosed {
		return
	}
	if end := c.takeFarewell(f.Socket); end != nil {
		c.emit(&Event{Kind: EventEnded, Socket: f.Socket, Missed: end.dropped + f.Messages, Code: end.code, Remote: true})
	}
}

// farewell finds the farewell of a socket; nil if there is none. takeFarewell also removes it.
func (c *Client) farewell(socket uint32) *farewell {
	for i := range c.farewells {
		if c.farewells[i].socket == socket {
			return &c.farewells[i]
		}
	}
	return nil
}

func (c *Client) takeFarewell(socket uint32) *farewell {
	for i, end := range c.farewells {
		if end.socket == socket {
			c.farewells = append(c.farewells[:i], c.farewells[i+1:]...)
			return &end
		}
	}
	return nil
}

// lingerOver ends a socket whose time to linger is over.
func (c *Client) lingerOver(d deadline) {
	if !c.lingersUntil(d) {
		return
	}
	if s := c.sockets[d.socket]; s != nil {
		s.dropEnded()
		s.closing.dropped += uint64(len(s.unsent))
		s.unsent = nil
		c.lingered(s)
		return
	}
	c.emit(&Event{Kind: EventEnded, Socket: d.socket, Missed: c.takeFarewell(d.socket).dropped, Code: core.Lost})
}

// lingersUntil tells whether this deadline is that of a socket that lingers.
func (c *Client) lingersUntil(d deadline) bool {
	if s := c.sockets[d.socket]; s != nil {
		return s.closing != nil && s.closing.deadline == d.at
	}
	end := c.farewell(d.socket)
	return end != nil && end.deadline == d.at
}

// endFarewells is for when the session is gone, and with it whoever could have answered.
func (c *Client) endFarewells() {
	gone := c.farewells
	c.farewells = nil
	for _, end := range gone {
		c.emit(&Event{Kind: EventEnded, Socket: end.socket, Missed: end.dropped, Code: core.Lost})
	}
}
