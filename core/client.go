package core

import (
	"errors"
	"slices"
	"time"
)

// ClientConfig configures a Client; the zero value works.
type ClientConfig struct {
	Credentials    []byte        // JSON for the bridge's authentication, or nil
	Agent          string        // name and version, for the bridge's log
	MaxMessage     int           // payload bytes of the largest message taken from the bridge; default DefaultMaxMessage
	RequestTimeout time.Duration // for requests that name none; default 30 s
	WindowMessages int           // messages a socket may hold that the application has not consumed; default 1000
	WindowBytes    int           // their payload bytes; default 8 MiB
	HWM            int           // requests or messages a socket queues while there is no connection; default 1000
	MaxQueued      int           // their bytes; default 16 MiB
}

func (c ClientConfig) withDefaults() ClientConfig {
	if c.RequestTimeout <= 0 {
		c.RequestTimeout = 30 * time.Second
	}
	if c.MaxMessage <= 0 {
		c.MaxMessage = DefaultMaxMessage
	}
	if c.WindowMessages <= 0 {
		c.WindowMessages = 1000
	}
	if c.WindowBytes <= 0 {
		c.WindowBytes = 8 << 20
	}
	c.WindowMessages, c.WindowBytes = min(c.WindowMessages, MaxCredit), min(c.WindowBytes, MaxCredit)
	if c.HWM <= 0 {
		c.HWM = 1000
	}
	if c.MaxQueued <= 0 {
		c.MaxQueued = 16 << 20
	}
	return c
}

// Client is the client's engine: sockets, their endpoints and subscriptions, pending requests with their deadlines. It
// outlives WebSockets: Start resumes on a new one, or opens again whatever was open. It is not safe for concurrent use.
//
// Its owner moves bytes and time: Start or Stop when a WebSocket opens or ends, Feed what arrives, Take what is to be
// written, Tick at Next. Events come out of Feed, Tick, Stop and End through the sink, never out of the other methods.
type Client struct {
	cfg     ClientConfig
	sink    func(*Event)
	session *Session // nil while there is none, neither open nor to be resumed

	attached bool // there is a WebSocket
	leaving  bool // the bridge asked to leave: nothing new is begun on this session

	kept     bool          // the session was cut and is not open again: the bridge may still know it
	dated    bool          // somebody has told the time since, so that cutAt is known
	cutAt    time.Duration // when
	cutQueue int           // bytes that were waiting then
	spilt    bool          // something was not kept that was said since: the session cannot go on

	sockets    map[uint32]*socket
	order      []uint32 // of the sockets, as opened: the order in which they are opened again
	lastSocket uint32
	requests   deadlines
	recovering []uint32      // sockets that owe the bridge a Recover
	now        time.Duration // of the last call that told it

	event Event // scratch, so that receiving does not allocate
	parts Message

	handle func(*Frame) error // c.receive, made once
}

// NewClient makes a Client that hands its events to sink. The sink may call back into the Client, but not into Feed.
func NewClient(cfg ClientConfig, sink func(*Event)) *Client {
	c := &Client{cfg: cfg.withDefaults(), sink: sink, sockets: map[uint32]*socket{}}
	c.handle = c.receive
	return c
}

// SetCredentials replaces what the next Start presents.
func (c *Client) SetCredentials(json []byte) { c.cfg.Credentials = json }

// Start says Hello on a WebSocket that has just opened.
func (c *Client) Start(now time.Duration) {
	c.now = now
	c.attached, c.leaving = true, false
	c.dateCut(now)
	if c.session == nil {
		c.session = NewSession(SessionConfig{MaxMessage: c.cfg.MaxMessage, Agent: c.cfg.Agent}, now)
	} else {
		c.session.revive(now)
	}
	c.session.Greet(c.cfg.Credentials)
}

// Stop is told that the WebSocket ended, and why. A session that the bridge keeps is resumed by the next Start; until
// then nothing has happened. Of any other, and of one that was closed with CloseNormal, requests that were sent fail with Lost: whether they were processed nobody
// knows. What was not sent yet waits for the next Start, until its deadline.
func (c *Client) Stop(err error) {
	c.attached = false
	switch {
	case c.session == nil:
		return
	case c.session.Resumable() && !endsSession(err):
		if !c.kept {
			c.kept, c.dated, c.spilt, c.cutQueue = true, false, false, c.session.waiting()
		}
		c.session.Cut()
		return
	}
	opened := c.session.Open() || c.kept
	c.session, c.kept = nil, false
	if opened {
		why := NewError(Lost, "the connection to the bridge was lost")
		if err != nil {
			why.Text = err.Error()
		}
		c.lose(why)
	}
}

// endsSession tells whether a WebSocket was closed in a way that the bridge takes for the end of the session.
func endsSession(err error) bool {
	var closed *CloseError
	return errors.As(err, &closed) && closed.Close == CloseNormal
}

// End is told that there will be no further connection: the bridge said so, or the owner gave up. Everything pending
// fails with why, and every socket gets its EventClosed.
func (c *Client) End(why *Error) {
	c.session, c.attached, c.kept = nil, false, false
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			s.shut(c, why)
		}
	}
}

// Ready tells whether the session is open.
func (c *Client) Ready() bool { return c.session != nil && c.session.Open() }

// Idle tells whether leaving now would lose nothing: no answer is outstanding, and the bridge has all that was sent.
func (c *Client) Idle() bool {
	if c.session == nil || c.session.Queued() > 0 || c.session.Unacknowledged() > 0 {
		return false
	}
	for _, s := range c.sockets {
		if s.awaits() {
			return false
		}
	}
	return true
}

// Feed takes one WebSocket message. An error ends the connection: close the WebSocket with it (see *CloseError) and
// call Stop.
func (c *Client) Feed(batch []byte, now time.Duration) error {
	if !c.attached {
		return nil
	}
	c.now = now
	return c.session.Feed(batch, now, c.handle)
}

// Take appends the next WebSocket message to write to dst.
func (c *Client) Take(dst []byte, now time.Duration) []byte {
	if !c.attached {
		return dst
	}
	c.sayRecover()
	return c.session.Take(dst, now)
}

// HasBatch tells whether Take has something to give.
func (c *Client) HasBatch() bool { return c.attached && c.session.Ready() }

// Queued is the number of bytes waiting to be taken.
func (c *Client) Queued() int {
	if c.session == nil {
		return 0
	}
	return c.session.Queued()
}

// Tick fails requests whose deadline passed and watches the connection. An error ends it, as with Feed.
func (c *Client) Tick(now time.Duration) error {
	c.now = now
	for len(c.requests) > 0 && c.requests[0].at <= now {
		d := c.requests.pop()
		if s := c.sockets[d.socket]; s != nil {
			s.expire(c, d)
		}
	}
	c.dateCut(now)
	switch {
	case c.kept && c.overfull():
		return c.giveUp(errSpilt)
	case c.kept && now >= c.expiry():
		return c.giveUp(errExpired)
	case !c.attached:
		return nil
	}
	return c.session.Tick(now)
}

var (
	errExpired = NewError(Lost, "the bridge could not be reached for as long as it keeps a session")
	errSpilt   = NewError(Lost, "too much was said since the connection to the bridge was lost")
)

// dateCut notes when the session was cut: Stop does not say, and the time that was told before it may be long ago.
func (c *Client) dateCut(now time.Duration) {
	if c.kept && !c.dated {
		c.dated, c.cutAt = true, now
	}
}

// expiry is when the bridge forgets a session that was cut.
func (c *Client) expiry() time.Duration {
	if !c.dated {
		return c.now // as soon as possible, to learn the time
	}
	return c.cutAt + c.session.Retain()
}

// overfull: what is said while there is no connection is bounded too.
func (c *Client) overfull() bool { return c.session.waiting()-c.cutQueue > c.cfg.MaxQueued }

// giveUp ends a session that was cut, and the WebSocket on which it would be resumed. Whoever is told finds neither.
func (c *Client) giveUp(why *Error) error {
	attached := c.attached
	c.session, c.kept, c.attached = nil, false, false
	c.lose(why)
	if attached {
		return closeWith(CloseTimeout, why.Text)
	}
	return nil
}

// Next is when Tick has something to do; ok is false when nothing is pending.
func (c *Client) Next() (at time.Duration, ok bool) {
	c.dropStale()
	if len(c.requests) > 0 {
		at, ok = c.requests[0].at, true
	}
	if c.attached {
		at, ok = earlier(at, ok, c.session.Next())
	}
	if c.kept {
		expiry := c.expiry()
		if c.overfull() {
			expiry = c.now
		}
		at, ok = earlier(at, ok, expiry)
	}
	return at, ok
}

func earlier(at time.Duration, ok bool, other time.Duration) (time.Duration, bool) {
	if !ok || other < at {
		return other, true
	}
	return at, true
}

// dropStale forgets deadlines at the top whose requests have ended, so that no timer is kept for them.
func (c *Client) dropStale() {
	for len(c.requests) > 0 {
		d := c.requests[0]
		if s := c.sockets[d.socket]; s != nil {
			if r, pending := s.pending[d.request]; pending && r.deadline == d.at {
				return
			}
		}
		c.requests.pop()
	}
}

// receive handles one frame of the bridge.
func (c *Client) receive(f *Frame) error {
	if c.session == nil {
		return nil // ended by the event of a frame before it
	}
	switch f.Kind {
	case KindWelcome:
		return c.welcomed(f)
	case KindGoAway:
		c.sentAway(f)
		return nil
	}
	s := c.sockets[f.Socket]
	switch {
	case s != nil:
		return s.receive(c, f)
	case f.Socket > c.lastSocket:
		return closeWith(CloseState, f.Kind.String()+" of a socket that was never opened")
	}
	return nil // closed here while the frame was under way
}

func (c *Client) sentAway(f *Frame) {
	e := Event{Kind: EventTurnedAway, Millis: f.Millis, Text: f.Text, Remote: true}
	if c.session.Open() {
		c.leaving = true
		e.Kind = EventDraining
	}
	c.emit(e)
}

// emit hands an event to the sink. The event of an outer call, which the sink may still be reading, survives.
func (c *Client) emit(e Event) {
	outer := c.event
	c.event = e
	c.sink(&c.event)
	c.event = outer
}

// speaks tells whether what is said reaches the bridge, now or after the session was resumed.
func (c *Client) speaks() bool { return c.kept || c.Ready() }

// send appends a frame if the client speaks, and reports whether the peer takes it.
func (c *Client) send(f Frame) error {
	if c.kept && c.overfull() {
		c.spilt = true
		return errCutTooLong
	}
	return c.session.Append(&f)
}

var errCutTooLong = NewError(Busy, "too much was said since the connection to the bridge was lost")
