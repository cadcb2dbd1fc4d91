package core

import (
	"maps"
	"slices"
	"time"
)

// socket is one ZeroMQ socket as the client's engine knows it: everything needed to open it again.
type socket struct {
	id            uint32
	typ           SocketType
	identity      []byte
	endpoints     []endpoint
	subscriptions []subscription
	lastSub       uint64
	lastRequest   uint64

	pending     map[uint64]request
	unsent      []outgoing
	unsentBytes int
	againBytes  int

	asked     map[uint64]uint64 // unanswered requests of the bridge: the number it gave them, by ours, which is never reused
	lastAsked uint64

	creditMessages, creditBytes int  // what the bridge has granted for Messages to it
	blocked                     bool // a Send was refused as Busy; EventWritable is owed

	heldMessages, heldBytes         int // delivered to the application and not consumed
	consumedMessages, consumedBytes int // since credit was last granted; below 0: granted already
	interrupted                     bool
	closed                          *Error // why, while the last events come out
}

// endpoint is one connect or bind of a socket; its number is its place in the list, from 1.
type endpoint struct {
	address  string
	params   []byte
	bind     bool
	refused  *Error
	said     bool // Open was
	held     bool // until Recover
	position Position
}

type subscription struct {
	id     uint64
	prefix []byte
	opts   SubscribeOptions
}

type request struct {
	deadline time.Duration
	sent     bool
	again    Body   // of one that was sent and may be sent again, to another session
	failed   *Error // what it ends with at its deadline, instead of Timeout
}

// outgoing is a request or message that waits for the connection. Request 0 is a message.
type outgoing struct {
	request  uint64
	deadline time.Duration
	flags    uint64
	body     Body
	size     int     // payload bytes of body
	parts    Message // instead of body, when it is sent at once
}

// receive handles one frame for this socket.
func (s *socket) receive(c *Client, f *Frame) error {
	e := Event{Socket: s.id, ID: f.ID, Code: f.Code, Text: f.Text, Remote: true}
	switch f.Kind {
	case KindMessage:
		e.Kind = EventMessage
		return s.deliver(c, e, f.Body)
	case KindPublication:
		return s.published(c, f, e)
	case KindPosition:
		return s.positioned(c, f, e)
	case KindRequest:
		e.Kind = EventRequest
		return s.deliver(c, e, f.Body)
	case KindCancel:
		maps.DeleteFunc(s.asked, func(_, number uint64) bool { return number == f.ID })
		return nil
	case KindReply:
		e.Kind = EventReply
		return s.deliver(c, e, f.Body)
	case KindFailed:
		if f.ID != 0 && !s.end(f.ID) {
			return nil
		}
		e.Kind = EventFailed
	case KindOpened, KindRefused, KindState:
		return s.endpointChanged(c, f, e)
	case KindSubscribed:
		if !s.subscribed(f.ID) {
			return nil // unsubscribed here meanwhile
		}
		e.Kind = EventSubscribed
	case KindUnsubscribed:
		if !s.drop(f.ID) {
			return nil
		}
		e.Kind = EventUnsubscribed
	case KindGap:
		e.Kind, e.Missed = EventGap, f.Messages
	case KindClosed:
		s.shut(c, e.Err())
		return nil
	case KindCredit:
		return s.granted(c, f)
	default:
		return nil
	}
	c.emit(e)
	return nil
}

// granted takes credit of the bridge and sends what waited for it.
func (s *socket) granted(c *Client, f *Frame) error {
	if f.Messages > MaxCredit || f.Bytes > MaxCredit ||
		s.creditMessages+int(f.Messages) > MaxCredit || s.creditBytes+int(f.Bytes) > MaxCredit {
		return closeWith(CloseState, "credit overflow")
	}
	s.creditMessages += int(f.Messages)
	s.creditBytes += int(f.Bytes)
	s.sendQueued(c)
	s.tellWritable(c)
	return nil
}

// tellWritable tells a sender that was refused that there is room again.
func (s *socket) tellWritable(c *Client) {
	if s.blocked && s.roomFor(c, 0) {
		s.blocked = false
		c.emit(Event{Kind: EventWritable, Socket: s.id})
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
		if err := s.sendMessage(c, Frame{Kind: KindMessage, Socket: s.id, Body: o.body}, o.size); err != nil {
			c.emit(Event{Kind: EventFailed, Socket: s.id, Code: CodeOf(err), Text: ClipText(err.Error())})
		}
	}
	if len(s.unsent) == 0 {
		s.unsent = nil
	}
}

// sendMessage sends one message, which takes its credit.
func (s *socket) sendMessage(c *Client, f Frame, size int) error {
	err := c.send(f)
	if err == nil {
		s.creditMessages--
		s.creditBytes -= size
	}
	return err
}

// deliver emits an event with a message; the parts alias body.
func (s *socket) deliver(c *Client, e Event, body Body) error {
	parts, err := body.Parts(c.parts[:0])
	if err != nil {
		return closeFor(err)
	}
	c.parts = parts[:0]
	defer clear(parts) // they would keep the batch in memory
	switch e.Kind {
	case EventMessage:
		s.heldMessages++
		s.heldBytes += parts.Size()
	case EventRequest:
		e.ID = s.ask(e.ID)
	case EventReply:
		if !s.end(e.ID) {
			return nil // late: timed out or canceled here
		}
	}
	e.Parts = parts
	c.emit(e)
	return nil
}

// ask notes a request of the bridge. Its numbers begin again with every session, those given out here do not: an answer
// that outlived its connection reaches nobody.
func (s *socket) ask(number uint64) uint64 {
	if s.asked == nil {
		s.asked = map[uint64]uint64{}
	}
	s.lastAsked++
	s.asked[s.lastAsked] = number
	return s.lastAsked
}

func (s *socket) endpointChanged(c *Client, f *Frame, e Event) error {
	if f.ID == 0 || f.ID > uint64(len(s.endpoints)) {
		return closeWith(CloseState, f.Kind.String()+" of an endpoint that was never opened")
	}
	ep := &s.endpoints[f.ID-1]
	switch f.Kind {
	case KindOpened:
		e.Kind = EventOpened
	case KindRefused:
		ep.refused = &Error{Code: f.Code, Text: string(f.Text), Remote: true}
		e.Kind = EventRefused
	case KindState:
		e.Kind = EventUp
		if f.Code != OK {
			e.Kind = EventDown
		}
	}
	c.emit(e)
	if f.Kind == KindRefused && s.refusal() != nil && c.sockets[s.id] == s {
		s.failQueued(c, ep.refused)
		s.failPending(c, ep.refused)
	}
	return nil
}

// refusal is why the socket can reach nobody: every endpoint it names was refused.
func (s *socket) refusal() *Error {
	var last *Error
	for i := range s.endpoints {
		if s.endpoints[i].refused == nil {
			return nil
		}
		last = s.endpoints[i].refused
	}
	return last
}

// end forgets a pending request and tells whether it was pending.
func (s *socket) end(id uint64) bool {
	r, pending := s.pending[id]
	s.againBytes -= len(r.again)
	delete(s.pending, id)
	return pending
}

// awaits tells whether an answer is outstanding, in either direction.
func (s *socket) awaits() bool {
	for _, r := range s.pending {
		if r.sent {
			return true
		}
	}
	return len(s.asked) > 0
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

// open says everything about this socket to a bridge that knows nothing of it, then what has been waiting.
func (s *socket) open(c *Client) {
	if len(s.endpoints) == 0 {
		return
	}
	for i := range s.endpoints {
		s.endpoints[i].said = false
		s.endpoints[i].refused = nil // it may be allowed by now
	}
	s.openRest(c)
	s.flush(c)
}

// openRest opens the endpoints that the bridge does not know yet. It learns of the subscriptions with the first of them.
func (s *socket) openRest(c *Client) {
	if len(s.endpoints) == 0 {
		return
	}
	known := s.endpoints[0].said
	for i := range s.endpoints {
		if !s.endpoints[i].said {
			s.openEndpoint(c, i)
		}
	}
	if known {
		return
	}
	for _, sub := range s.subscriptions {
		s.sendSubscribe(c, sub)
	}
}

// reportGap says that messages may be missing, if the socket was open before the session was lost. Where the bridge
// keeps a history it is the bridge that knows.
func (s *socket) reportGap(c *Client) {
	if !s.interrupted {
		return
	}
	s.interrupted = false
	if (s.typ.Receives() || s.typ.Sends()) && !s.positionsKnown() { // what was under way, in either direction, may be gone
		c.emit(Event{Kind: EventGap, Socket: s.id, Code: Lost})
	}
}

func (s *socket) openEndpoint(c *Client, i int) {
	ep := &s.endpoints[i]
	f := Frame{Kind: KindOpen, Socket: s.id, ID: uint64(i + 1), Type: s.typ, Name: s.identity, Text: []byte(ep.address),
		Params: ep.params}
	if i == 0 { // the window belongs to the socket; only its first Open grants it
		messages, bytes := c.cfg.WindowMessages-s.heldMessages, c.cfg.WindowBytes-s.heldBytes
		f.Messages, f.Bytes = uint64(max(0, messages)), uint64(max(0, bytes))
		s.consumedMessages, s.consumedBytes = min(0, messages), min(0, bytes) // the last message may have overdrawn it
	}
	if ep.bind {
		f.Flags |= FlagBind
	}
	if ep.position.Epoch != "" {
		f.Flags |= FlagRecover
		s.endpoints[i].held = true
		if !slices.Contains(c.recovering, s.id) {
			c.recovering = append(c.recovering, s.id)
		}
	}
	s.endpoints[i].said = c.send(f) == nil
}

func (s *socket) sendSubscribe(c *Client, sub subscription) {
	c.send(Frame{Kind: KindSubscribe, Socket: s.id, ID: sub.id, Name: sub.prefix, Flags: uint64(sub.opts.Overflow),
		Millis: uint64((sub.opts.Interval + time.Millisecond - 1) / time.Millisecond)})
}

// flush sends the requests that waited for the connection. Messages wait for credit.
func (s *socket) flush(c *Client) {
	if s.typ != REQ || !s.carries(c) {
		return
	}
	unsent := s.unsent
	s.unsent, s.unsentBytes = nil, 0
	for _, o := range unsent {
		if r, pending := s.pending[o.request]; !pending || r.sent {
			continue // timed out or canceled while it waited
		}
		if s.sendRequest(c, o) != nil {
			s.failSoon(c, o.request, NewError(TooLarge, "the bridge accepts at most "+itoa(c.maxSend())+" bytes"))
		}
	}
}

func (s *socket) sendRequest(c *Client, o outgoing) error {
	r := s.pending[o.request]
	err := c.send(Frame{Kind: KindRequest, Socket: s.id, ID: o.request, Flags: o.flags,
		Millis: millisUntil(o.deadline, c.now), Body: o.body, Parts: o.parts})
	if err == nil {
		r.sent = true
		r.again = s.keepAgain(c, o)
		s.pending[o.request] = r
	}
	return err
}

// keepAgain is what an idempotent request is sent again from, when the session was lost, if there is room to keep it.
func (s *socket) keepAgain(c *Client, o outgoing) Body {
	if o.flags&FlagIdempotent == 0 {
		return nil
	}
	if o.body == nil {
		o.body = EncodeBody(o.parts)
	}
	if s.againBytes+len(o.body) > c.cfg.MaxQueued {
		return nil
	}
	s.againBytes += len(o.body)
	return o.body
}

// failSoon ends a request at the next Tick, for where no event may come out.
func (s *socket) failSoon(c *Client, id uint64, why *Error) {
	s.pending[id] = request{deadline: c.now, failed: why}
	c.requests.push(deadline{at: c.now, socket: s.id, request: id})
}

// forget puts the socket into the state of one that the bridge does not know, and returns the requests that are lost.
// Those that may be sent again wait with the others.
func (s *socket) forget(c *Client) (lost []uint64) {
	s.interrupted = s.interrupted || len(s.endpoints) > 0 && s.endpoints[0].said
	s.consumedMessages, s.consumedBytes = 0, 0
	s.creditMessages, s.creditBytes = 0, 0
	clear(s.asked)
	for i := range s.endpoints {
		s.endpoints[i].said = false
	}
	var again []outgoing
	for _, id := range slices.Sorted(maps.Keys(s.pending)) {
		switch r := s.pending[id]; {
		case !r.sent:
		case r.again == nil:
			s.end(id)
			lost = append(lost, id)
		default:
			again = append(again, outgoing{request: id, deadline: r.deadline, flags: FlagIdempotent, body: r.again})
			s.unsentBytes += len(r.again)
			s.againBytes -= len(r.again)
			s.pending[id] = request{deadline: r.deadline}
		}
	}
	s.unsent = append(again, s.unsent...)
	return lost
}

// shut ends a socket that was not closed by its owner: pending requests fail, then it is closed. What the receiver of
// those events asks of the socket fails with the same.
func (s *socket) shut(c *Client, why *Error) {
	s.closed = why
	s.failPending(c, why)
	if c.sockets[s.id] == s {
		c.remove(s)
		c.emit(Event{Kind: EventClosed, Socket: s.id, Code: why.Code, Text: ClipText(why.Text), Remote: why.Remote})
	}
}

// failQueued accounts for the messages that waited for a socket that can reach nobody.
func (s *socket) failQueued(c *Client, why *Error) {
	messages := slices.DeleteFunc(s.unsent, func(o outgoing) bool { return o.request != 0 })
	s.unsent, s.unsentBytes = nil, 0
	for range messages {
		if c.sockets[s.id] == s {
			c.emit(Event{Kind: EventFailed, Socket: s.id, Code: why.Code, Text: ClipText(why.Text), Remote: why.Remote})
		}
	}
}

// failPending ends every request of a socket that can reach nobody.
func (s *socket) failPending(c *Client, why *Error) {
	s.unsent, s.unsentBytes = nil, 0
	for _, id := range slices.Sorted(maps.Keys(s.pending)) {
		if s.end(id) {
			c.emit(Event{Kind: EventFailed, Socket: s.id, ID: id, Code: why.Code, Text: ClipText(why.Text), Remote: why.Remote})
		}
	}
}

// expire ends a request whose deadline passed, unless it ended before.
func (s *socket) expire(c *Client, d deadline) {
	r, pending := s.pending[d.request]
	if !pending || r.deadline != d.at {
		return
	}
	s.end(d.request)
	if r.sent && c.speaks() {
		c.send(Frame{Kind: KindCancel, Socket: s.id, ID: d.request})
	}
	why := r.failed
	if why == nil {
		why = errTimeout
	}
	c.emit(Event{Kind: EventFailed, Socket: s.id, ID: d.request, Code: why.Code, Text: ClipText(why.Text)})
}

var errTimeout = NewError(Timeout, "no answer in time")

// millisUntil rounds up, and never to 0, which would mean the bridge's default.
func millisUntil(deadline, now time.Duration) uint64 {
	return uint64(max(1, (deadline-now+time.Millisecond-1)/time.Millisecond))
}
