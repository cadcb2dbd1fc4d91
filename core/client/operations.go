package client

import (
	"slices"
	"strconv"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// NewSocket makes a socket and returns its number. The bridge does not know of it until its first Connect or Bind. identity
// is the routing id by which ZeroMQ peers know the socket, or nil.
func (c *Client) NewSocket(t core.SocketType, identity []byte) (uint32, error) {
	if !t.Valid() {
		return 0, core.NewError(core.Invalid, "unknown socket type "+strconv.Itoa(int(t)))
	}
	if len(identity) > 255 {
		return 0, core.NewError(core.Invalid, "an identity has at most 255 bytes")
	}
	c.lastSocket++
	s := &socket{id: c.lastSocket, typ: t, identity: slices.Clone(identity), pending: map[uint64]request{}, window: c.cfg.WindowMessages}
	c.sockets[s.id] = s
	c.order = append(c.order, s.id)
	return s.id, nil
}

// Limit sets how many messages a socket may hold that the application has not consumed, instead of Config.WindowMessages. It
// has to be called before the socket has an endpoint; later it does nothing.
func (c *Client) Limit(id uint32, messages int) {
	if s := c.sockets[id]; s != nil && len(s.endpoints) == 0 && messages > 0 {
		s.window = min(messages, core.MaxCredit)
	}
}

// Connect adds an endpoint to a socket and returns the endpoint's number. The answer is EventOpened, EventRefused or
// EventDown. params is a JSON object for the bridge's authorization, or nil. The bridge judges the address, not this
// method, because the address may be a name that the bridge gives a meaning to.
func (c *Client) Connect(id uint32, address string, params []byte) (uint64, error) {
	return c.addEndpoint(id, endpoint{address: address, params: slices.Clone(params)})
}

// ConnectSince is Connect for a SUB that was here before. What was published after the position is delivered first, as far
// as the bridge still has it (EventRecovered, EventGap). It counts for the subscriptions that are made before the next
// Take.
func (c *Client) ConnectSince(id uint32, address string, params []byte, since core.Position) (uint64, error) {
	if len(since.Epoch) > core.MaxName {
		return 0, core.NewError(core.Invalid, "an epoch has at most "+strconv.Itoa(core.MaxName)+" bytes")
	}
	if s := c.sockets[id]; s != nil && since.Epoch != "" && s.typ != core.SUB && s.typ != core.XSUB {
		return 0, core.NewError(core.Invalid, "a "+s.typ.String()+" socket has no place in a history")
	}
	return c.addEndpoint(id, endpoint{address: address, params: slices.Clone(params), position: since})
}

// Position is where a socket stands in the history of one of its endpoints. ok is false where the bridge keeps no history.
func (c *Client) Position(id uint32, endpoint uint64) (p core.Position, ok bool) {
	s := c.sockets[id]
	if s == nil {
		return core.Position{}, false
	}
	if i := s.place(endpoint); i >= 0 {
		p = s.endpoints[i].position
	}
	return p, p.Epoch != ""
}

// Bind is Connect for an address on which the bridge is to listen.
func (c *Client) Bind(id uint32, address string, params []byte) (uint64, error) {
	return c.addEndpoint(id, endpoint{address: address, params: slices.Clone(params), bind: true})
}

func (c *Client) addEndpoint(id uint32, ep endpoint) (uint64, error) {
	s, err := c.socket(id)
	if err != nil {
		return 0, err
	}
	if len(ep.address) > core.MaxAddress {
		return 0, core.NewError(core.Invalid, "an address has at most "+strconv.Itoa(core.MaxAddress)+" bytes")
	}
	if len(ep.params) > core.MaxParams {
		return 0, core.NewError(core.TooLarge, "parameters have at most "+strconv.Itoa(core.MaxParams)+" bytes")
	}
	s.lastEndpoint++
	ep.id = s.lastEndpoint
	s.endpoints = append(s.endpoints, ep)
	if c.speaks() && !c.leaving {
		s.openRest(c)
		s.flush(c)
	}
	return ep.id, nil
}

// SubscribeOptions of one subscription; the zero value is the default. The bridge may allow less.
type SubscribeOptions struct {
	Overflow core.Overflow // default OverflowDefault
	Interval time.Duration // least time between two messages; those between are conflated. Rounded up to ms, at most a day; default none
}

const maxInterval = 24 * time.Hour

func (o SubscribeOptions) check() error {
	if !o.Overflow.Valid() || o.Interval < 0 || o.Interval > maxInterval {
		return core.NewError(core.Invalid, "an interval between messages is from 0 to a day")
	}
	return nil
}

// Subscribe adds a prefix to a SUB socket and returns the subscription's number. EventSubscribed says that it is live.
func (c *Client) Subscribe(id uint32, prefix []byte, opts SubscribeOptions) (uint64, error) {
	s, err := c.socket(id)
	if err != nil {
		return 0, err
	}
	if s.typ != core.SUB && s.typ != core.XSUB {
		return 0, core.NewError(core.Invalid, "a "+s.typ.String()+" socket has no subscriptions")
	}
	if len(prefix) > core.MaxName {
		return 0, core.NewError(core.TooLarge, "a prefix has at most "+strconv.Itoa(core.MaxName)+" bytes")
	}
	if err := opts.check(); err != nil {
		return 0, err
	}
	s.lastSub++
	sub := subscription{id: s.lastSub, prefix: slices.Clone(prefix), opts: opts}
	s.subscriptions = append(s.subscriptions, sub)
	if s.live(c) {
		s.sendSubscribe(c, sub)
	}
	return sub.id, nil
}

// Unsubscribe ends the subscription with this number. Messages that are under way may still come.
func (c *Client) Unsubscribe(id uint32, subscription uint64) error {
	s, err := c.socket(id)
	if err != nil {
		return err
	}
	if s.drop(subscription) && s.live(c) {
		return c.send(&core.Frame{Kind: core.KindUnsubscribe, Socket: id, ID: subscription})
	}
	return nil
}

// RequestOptions of one request; the zero value is the default.
type RequestOptions struct {
	Timeout    time.Duration // default Config.RequestTimeout
	Idempotent bool          // it may be sent to a backend more than once, so it is sent again when its answer was lost
}

// maxTimeout stands for a timeout of "for ever". It keeps sums of times from overflowing.
const maxTimeout = 100 * 365 * 24 * time.Hour

// Request sends a request on a REQ socket and returns the request's number. Exactly one EventReply or EventFailed follows,
// unless the request is canceled. m is copied.
func (c *Client) Request(id uint32, m core.Message, opts RequestOptions, now time.Duration) (uint64, error) {
	c.now = now
	s, err := c.socket(id)
	if err != nil {
		return 0, err
	}
	if err := s.mayRequest(c, m); err != nil {
		return 0, err
	}
	if opts.Timeout <= 0 {
		opts.Timeout = c.cfg.RequestTimeout
	}
	o := outgoing{request: s.lastRequest + 1, deadline: now + min(opts.Timeout, maxTimeout), parts: m}
	if opts.Idempotent {
		o.flags = core.FlagIdempotent
	}
	s.pending[o.request] = request{deadline: o.deadline}
	if s.carries(c) {
		err = s.sendRequest(c, o)
	} else {
		err = s.queue(c, o)
	}
	if err != nil {
		s.end(o.request)
		return 0, err
	}
	s.lastRequest = o.request
	c.requests.push(deadline{at: o.deadline, socket: id, request: o.request})
	return o.request, nil
}

func (s *socket) mayRequest(c *Client, m core.Message) error {
	if s.typ != core.REQ {
		return core.NewError(core.Invalid, "a "+s.typ.String()+" socket does not request")
	}
	if why := s.refusal(); why != nil {
		return why
	}
	return core.CheckMessage(m, c.maxSend())
}

// Tried tells whether a request that is pending was sent, so that a backend may have seen it.
func (c *Client) Tried(id uint32, request uint64) bool {
	s := c.sockets[id]
	return s != nil && s.pending[request].tried
}

// Cancel gives up a request. A reply that comes all the same is dropped, and no event follows.
func (c *Client) Cancel(id uint32, request uint64) {
	s := c.sockets[id]
	if s == nil || s.closing != nil {
		return
	}
	sent := s.pending[request].sent
	if s.end(request) && sent && c.speaks() {
		c.send(&core.Frame{Kind: core.KindCancel, Socket: id, ID: request})
	}
}

// Send sends a message on a socket of a type that sends without being asked (SocketType.Sends), or queues it until the
// bridge grants credit for it. The error Busy means that the queue is full; EventWritable tells when it has room again. m
// is copied.
func (c *Client) Send(id uint32, m core.Message) error {
	s, err := c.socket(id)
	if err != nil {
		return err
	}
	if !s.typ.Sends() {
		return core.NewError(core.Invalid, "a "+s.typ.String()+" socket does not send messages")
	}
	if why := s.refusal(); why != nil {
		return why
	}
	if err := core.CheckMessage(m, c.maxSend()); err != nil {
		return err
	}
	if s.carries(c) && s.hasCredit() && len(s.unsent) == 0 {
		return s.sendMessage(c, outgoing{parts: m, size: m.Size()})
	}
	err = s.queue(c, outgoing{parts: m})
	s.blocked = err != nil
	return err
}

// Reply answers an EventRequest. Each request is answered once. An answer to a request of a session that was lost goes
// nowhere.
func (c *Client) Reply(id uint32, request uint64, m core.Message) error {
	s, err := c.socket(id)
	if err != nil {
		return err
	}
	if err := core.CheckMessage(m, c.maxSend()); err != nil {
		return err
	}
	number, unanswered := s.asked[request]
	if !unanswered {
		return core.NewError(core.Lost, "the request was answered, withdrawn, or came on a connection that is gone")
	}
	if err := c.send(&core.Frame{Kind: core.KindReply, Socket: id, ID: number, Parts: m}); err != nil {
		return err
	}
	delete(s.asked, request)
	return nil
}

// Decline tells the bridge that there will be no answer to an EventRequest, so that it need not wait for one.
func (c *Client) Decline(id uint32, request uint64) {
	s := c.sockets[id]
	if s == nil {
		return
	}
	if number, unanswered := s.asked[request]; unanswered {
		delete(s.asked, request)
		c.send(&core.Frame{Kind: core.KindFailed, Socket: id, ID: number, Code: core.Canceled})
	}
}

// Consumed tells the client that the application is done with so many messages of a socket, and so many payload bytes.
// Once a quarter of the socket's window was consumed, the client grants the bridge credit for it again. A smaller grant would
// be a WebSocket message for few messages; a larger one would let the bridge wait for it. Consumed tells whether it has.
func (c *Client) Consumed(id uint32, messages, bytes int) (granted bool) {
	s := c.sockets[id]
	if s == nil {
		return false
	}
	messages, bytes = min(messages, s.heldMessages), min(bytes, s.heldBytes)
	s.heldMessages -= messages
	s.heldBytes -= bytes
	if !s.live(c) {
		return false // the next Open grants the whole window but for what is held here
	}
	s.consumedMessages += messages
	s.consumedBytes += bytes
	if s.consumedMessages < part(s.window) && s.consumedBytes < part(c.cfg.WindowBytes) {
		return false
	}
	c.send(&core.Frame{Kind: core.KindCredit, Socket: id, Messages: uint64(max(0, s.consumedMessages)), Bytes: uint64(max(0, s.consumedBytes))})
	s.consumedMessages, s.consumedBytes = min(0, s.consumedMessages), min(0, s.consumedBytes)
	return true
}

// part is how much of a window is granted at a time: a quarter, rounded up.
func part(window int) int { return (window-1)/4 + 1 }

func (c *Client) remove(s *socket) {
	if c.hearer == s {
		c.hearer = nil
	}
	clear(s.pending)
	delete(c.sockets, s.id)
	if i := slices.Index(c.order, s.id); i >= 0 {
		c.order = slices.Delete(c.order, i, i+1)
	}
}

func (c *Client) socket(id uint32) (*socket, error) {
	s := c.sockets[id]
	switch {
	case s == nil, s.closing != nil:
		return nil, core.NewError(core.Closed, "the socket is closed")
	case s.closed != nil:
		return nil, s.closed
	}
	return s, nil
}

// maxSend is the number of payload bytes that the bridge accepts in a message, or the default until the bridge has told.
func (c *Client) maxSend() int {
	if c.speaks() {
		return c.session.MaxSend()
	}
	return core.DefaultMaxMessage
}

// live tells whether the bridge knows this socket.
func (s *socket) live(c *Client) bool {
	return c.speaks() && s.opened > 0
}

// carries tells whether requests and messages of this socket can go out now.
func (s *socket) carries(c *Client) bool {
	return s.live(c) && len(s.endpoints) > 0 && c.Ready() && !c.leaving
}

// queue keeps a copy of a request or message until there is a connection, within the socket's HWM.
func (s *socket) queue(c *Client, o outgoing) error {
	o.size = o.parts.Size()
	if !s.roomFor(c, o.size) {
		s.dropEnded()
	}
	if !s.roomFor(c, o.size) {
		return core.NewError(core.Busy, "the socket's queue is full")
	}
	o.body, o.parts = core.EncodeBody(o.parts), nil
	s.unsent = append(s.unsent, o)
	s.unsentBytes += len(o.body)
	return nil
}

func (s *socket) roomFor(c *Client, size int) bool {
	return len(s.unsent) < c.cfg.HWM && s.unsentBytes+size <= c.cfg.MaxQueued
}

// dropEnded forgets queued requests that timed out or were canceled.
func (s *socket) dropEnded() {
	s.unsent = slices.DeleteFunc(s.unsent, func(o outgoing) bool {
		_, pending := s.pending[o.request]
		ended := o.request != 0 && !pending
		if ended {
			s.unsentBytes -= len(o.body)
		}
		return ended
	})
}
