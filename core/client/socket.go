package client

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// socket is one ZeroMQ socket of a Client, with everything that is needed to open it again at the bridge.
type socket struct {
	id            uint32
	typ           core.SocketType
	identity      []byte
	endpoints     []endpoint
	lastEndpoint  uint64
	opened        uint64  // how many endpoints were opened on this session; 0: the bridge does not know the socket
	leaving       []letGo // endpoints that the bridge has yet to let go of
	subscriptions []subscription
	lastSub       uint64
	lastRequest   uint64

	pending     map[uint64]request
	unsent      []outgoing
	unsentBytes int
	againBytes  int

	asked     map[uint64]uint64 // unanswered requests of backends: the bridge's number, by the number given here, which is never reused
	lastAsked uint64

	creditMessages, creditBytes int  // what the bridge has granted for Messages to it, and was not used yet
	blocked                     bool // a Send was refused as Busy, so EventWritable has to follow

	receipts receipts // what became of the messages that were sent on this session

	window                          int // how many messages it may hold
	heldMessages, heldBytes         int // delivered to the application and not consumed yet
	consumedMessages, consumedBytes int // consumed since credit was last granted; below 0: the bridge has overdrawn the window by so much
	interrupted                     bool
	paused                          bool        // it is not opened at the bridge for the time being
	closed                          *core.Error // why the socket is closed, while its last events come out
	closing                         *closing
}

// endpoint is one connect or bind of a socket.
type endpoint struct {
	id       uint64 // the number that the application knows it by, which is never used again
	number   uint64 // its number on this session; 0: Open was not sent
	address  string
	params   []byte
	bind     bool
	refused  *core.Error
	held     bool // the bridge delivers nothing before Recover, which was not sent yet
	position core.Position
}

type subscription struct {
	id     uint64
	prefix []byte
	opts   SubscribeOptions
}

type request struct {
	deadline time.Duration
	sent     bool        // on this session
	tried    bool        // on this session or one before it, so a backend may have seen it
	again    core.Body   // the body of a request that was sent, and that may be sent again on another session
	failed   *core.Error // the error with which it ends at its deadline, instead of Timeout
}

// outgoing is a request or message that waits to be sent. It is a message if request is 0.
type outgoing struct {
	request  uint64
	deadline time.Duration
	flags    uint64
	body     core.Body
	size     int          // payload bytes of body
	parts    core.Message // instead of body, when it is sent at once
	number   uint64       // of a message that was sent: on its session
}

// receive handles one frame for this socket.
func (s *socket) receive(c *Client, f *core.Frame) error {
	e := Event{Socket: s.id, ID: f.ID, Code: f.Code, Text: f.Text, Remote: true}
	switch f.Kind {
	case core.KindMessage:
		e.Kind = EventMessage
		return s.deliver(c, &e, f.Body)
	case core.KindPublication:
		return s.published(c, f, &e)
	case core.KindPosition:
		return s.positioned(c, f, &e)
	case core.KindRequest:
		e.Kind = EventRequest
		return s.deliver(c, &e, f.Body)
	case core.KindCancel:
		for id, number := range s.asked {
			if number == f.ID {
				delete(s.asked, id)
			}
		}
		return nil
	case core.KindReply:
		e.Kind = EventReply
		return s.deliver(c, &e, f.Body)
	case core.KindFailed:
		if s.typ.Sends() {
			s.messageFailed(c, f)
			return nil
		}
		if !s.end(f.ID) {
			return nil
		}
		e.Kind = EventFailed
	case core.KindLeft:
		s.receipts.take(f.ID, f.Messages)
		return nil
	case core.KindOpened, core.KindRefused, core.KindState:
		return s.endpointChanged(c, f, &e)
	case core.KindDisconnected:
		return s.disconnected(c, f, &e)
	case core.KindSubscribed:
		if !s.subscribed(f.ID) {
			return nil // the subscription was ended here while the frame was under way
		}
		e.Kind = EventSubscribed
	case core.KindUnsubscribed:
		if !s.drop(f.ID) {
			return nil
		}
		e.Kind = EventUnsubscribed
	case core.KindGap:
		e.Kind, e.Missed = EventGap, f.Messages
	case core.KindClosed:
		s.shut(c, e.Err())
		return nil
	case core.KindCredit:
		return s.granted(c, f)
	default:
		return nil
	}
	c.emit(&e)
	return nil
}

// granted handles Credit: it adds what the bridge has granted, and sends what waited for it.
func (s *socket) granted(c *Client, f *core.Frame) error {
	if f.Messages > core.MaxCredit || f.Bytes > core.MaxCredit ||
		s.creditMessages+int(f.Messages) > core.MaxCredit || s.creditBytes+int(f.Bytes) > core.MaxCredit {
		return core.NewCloseError(core.CloseState, "credit overflow")
	}
	s.creditMessages += int(f.Messages)
	s.creditBytes += int(f.Bytes)
	s.sendQueued(c)
	s.tellWritable(c)
	return nil
}

// tellWritable emits EventWritable if a Send was refused and there is room again.
func (s *socket) tellWritable(c *Client) {
	if s.blocked && s.roomFor(c, 0) {
		s.blocked = false
		c.emit(&Event{Kind: EventWritable, Socket: s.id})
	}
}

func (s *socket) hasCredit() bool { return s.creditMessages > 0 && s.creditBytes > 0 }

// sendQueued sends the messages that waited, as far as the credit reaches.
func (s *socket) sendQueued(c *Client) {
	for len(s.unsent) > 0 && s.hasCredit() && s.carries(c) && c.sockets[s.id] == s {
		o := s.unsent[0]
		s.unsent[0] = outgoing{}
		s.unsent = s.unsent[1:]
		s.unsentBytes -= len(o.body)
		if err := s.sendMessage(c, o); err != nil {
			s.unsendable(c, err)
		}
	}
	if len(s.unsent) == 0 {
		s.unsent = nil
	}
}

// unsendable notes that a message that waited cannot be sent at all.
func (s *socket) unsendable(c *Client, why error) {
	if s.closing != nil {
		s.closing.dropped++
		return
	}
	c.emit(&Event{Kind: EventFailed, Socket: s.id, Code: core.CodeOf(why), Text: core.ClipText(why.Error())})
}

// sendMessage sends one message, and takes it from the credit.
func (s *socket) sendMessage(c *Client, o outgoing) error {
	err := c.send(&core.Frame{Kind: core.KindMessage, Socket: s.id, Body: o.body, Parts: o.parts})
	if err == nil {
		s.noteSent(c, o)
		s.creditMessages--
		s.creditBytes -= o.size
	}
	return err
}

// deliver emits an event with a message; the parts alias body.
func (s *socket) deliver(c *Client, e *Event, body core.Body) error {
	if e.Kind == EventMessage && c.cfg.Arrived != nil {
		return s.arrive(c, body, e.Endpoint, e.Offset)
	}
	parts, err := body.Parts(c.parts[:0])
	if err != nil {
		return core.NewCloseError(core.CloseMalformed, err.Error())
	}
	c.parts = parts[:0]
	defer clear(parts) // otherwise they would keep the batch in memory
	switch e.Kind {
	case EventMessage:
		s.heldMessages++
		s.heldBytes += parts.Size()
	case EventRequest:
		e.ID = s.ask(e.ID)
	case EventReply:
		if !s.end(e.ID) {
			return nil // the reply is late: the request has timed out or was canceled here
		}
	}
	e.Parts = parts
	c.emit(e)
	return nil
}

// ask notes a request of a backend and gives it a number for the application. The bridge's own numbers begin again with
// every session, but these never do. So an answer to a request of an earlier session reaches nobody by mistake.
func (s *socket) ask(number uint64) uint64 {
	if s.asked == nil {
		s.asked = map[uint64]uint64{}
	}
	s.lastAsked++
	s.asked[s.lastAsked] = number
	return s.lastAsked
}

func (s *socket) endpointChanged(c *Client, f *core.Frame, e *Event) error {
	ep, known := s.endpoint(f)
	switch {
	case !known:
		return core.NewCloseError(core.CloseState, f.Kind.String()+" of an endpoint that was never opened")
	case ep == nil:
		return nil // it was disconnected while the frame was under way
	}
	e.ID = ep.id
	why := &core.Error{Code: f.Code, Text: string(f.Text), Remote: true}
	switch f.Kind {
	case core.KindOpened:
		e.Kind = EventOpened
	case core.KindRefused:
		ep.refused = why
		e.Kind = EventRefused
	case core.KindState:
		e.Kind = EventUp
		if f.Code != core.OK {
			e.Kind = EventDown
		}
	}
	c.emit(e)
	switch {
	case c.sockets[s.id] != s:
	case f.Kind != core.KindRefused:
		s.sendQueued(c) // what was sent while the socket had no endpoint
	case s.refusal() != nil:
		s.failQueued(c, why)
		s.failPending(c, why)
	}
	return nil
}

// refusal says why the socket can reach nobody, if every endpoint of it was refused; otherwise it is nil.
func (s *socket) refusal() *core.Error {
	var last *core.Error
	for i := range s.endpoints {
		if s.endpoints[i].refused == nil {
			return nil
		}
		last = s.endpoints[i].refused
	}
	return last
}

// drop forgets a subscription and tells whether there was one.
func (s *socket) drop(id uint64) bool {
	before := len(s.subscriptions)
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(sub subscription) bool { return sub.id == id })
	return len(s.subscriptions) < before
}

func (s *socket) subscribed(id uint64) bool {
	return slices.ContainsFunc(s.subscriptions, func(sub subscription) bool { return sub.id == id })
}

// shut ends a socket that was not closed by its owner: pending requests fail, and then EventClosed follows. If the receiver
// of these events calls the socket again, the call fails with the same error.
func (s *socket) shut(c *Client, why *core.Error) {
	if s.closing != nil {
		c.endLinger(s, why.Code)
		return
	}
	s.closed = why
	s.failPending(c, why)
	if c.sockets[s.id] == s {
		c.remove(s)
		c.emit(&Event{Kind: EventClosed, Socket: s.id, Code: why.Code, Text: core.ClipText(why.Text), Remote: why.Remote})
	}
}
