package client

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Config configures a Client; the zero value works.
type Config struct {
	Credentials    []byte          // JSON for the bridge's authentication, or nil
	Agent          string          // name and version, for the bridge's log
	MaxMessage     int             // payload bytes of the largest message taken from the bridge; default DefaultMaxMessage
	RequestTimeout time.Duration   // for requests that name none; default 30 s
	WindowMessages int             // messages a socket may hold that the application has not consumed; default 1000
	WindowBytes    int             // their payload bytes; default 8 MiB
	HWM            int             // requests or messages a socket queues while there is no connection; default 1000
	MaxQueued      int             // their bytes; default 16 MiB
	Without        core.Capability // extensions of the protocol that are not used, as by an older client; default none
	Arrived        func(*Arrival)  // gets the messages, instead of an EventMessage for each; default: there are events
}

func (c Config) withDefaults() Config {
	if c.RequestTimeout <= 0 {
		c.RequestTimeout = 30 * time.Second
	}
	if c.MaxMessage <= 0 {
		c.MaxMessage = core.DefaultMaxMessage
	}
	if c.WindowMessages <= 0 {
		c.WindowMessages = 1000
	}
	if c.WindowBytes <= 0 {
		c.WindowBytes = 8 << 20
	}
	c.WindowMessages, c.WindowBytes = min(c.WindowMessages, core.MaxCredit), min(c.WindowBytes, core.MaxCredit)
	if c.HWM <= 0 {
		c.HWM = 1000
	}
	if c.MaxQueued <= 0 {
		c.MaxQueued = 16 << 20
	}
	return c
}

// Client is the client's engine: sockets, their endpoints and subscriptions, and pending requests with their deadlines. It
// outlives WebSockets: on a new one it resumes the session, or it opens again everything that was open. It is not safe for
// concurrent use.
//
// Its owner moves bytes and time. It calls Start when a WebSocket opens and Stop when it ends, hands what arrives to Feed,
// writes what Take returns, and calls Tick at the time that Next tells. Events come out of Feed, Tick, Stop, End and Unpause,
// through the sink, and never out of the other methods.
//
// Times are durations since any fixed moment; they must not go backwards.
type Client struct {
	cfg     Config
	sink    func(*Event)
	session *core.Session // nil while there is no session, neither one that is open nor one that can be resumed

	attached bool // there is a WebSocket
	leaving  bool // the bridge has asked the client to leave, so nothing new is begun on this session

	kept     bool          // the session was cut and is not open again: the bridge may still know it
	dated    bool          // a call has told the time since the cut, so cutAt is known
	cutAt    time.Duration // when the session was cut
	cutQueue int           // bytes that were waiting to be taken at that time
	spilt    bool          // since the cut there was no room to keep some frame, so the session cannot be resumed

	stale      bool // Hello had other credentials than there are now
	sockets    map[uint32]*socket
	order      []uint32 // the sockets in the order in which they were made, and in which they are opened again
	lastSocket uint32
	farewells  []farewell
	requests   deadlines     // of requests, and, with the number 0, of sockets that linger
	recovering []uint32      // sockets for which a Recover has to be sent yet
	now        time.Duration // the time that the last call with a time has told

	event   Event // reused for every event, so that receiving does not allocate
	parts   core.Message
	arrival Arrival // reused likewise
	hearer  *socket // the socket that has received the last Message; nil if it is gone

	handle func(*core.Frame) error // c.receive, made once
}

// New makes a Client that hands its events to sink. The sink may call back into the Client, but not into Feed.
func New(cfg Config, sink func(*Event)) *Client {
	c := &Client{cfg: cfg.withDefaults(), sink: sink, sockets: map[uint32]*socket{}}
	c.handle = c.receive
	return c
}

// SetCredentials replaces the credentials that the next Start presents: JSON, or nil for none. If the session is open and
// the bridge can take them, they are handed over at once.
func (c *Client) SetCredentials(json []byte) {
	c.cfg.Credentials = json
	c.stale = !c.Ready()
	if c.Ready() {
		c.session.Renew(json)
	}
}

// handOver hands over credentials that came after Hello, and before the bridge has answered it.
func (c *Client) handOver() {
	if c.stale {
		c.stale = false
		c.session.Renew(c.cfg.Credentials)
	}
}

// Start begins on a WebSocket that has just opened: it queues Hello, the client's first frame.
func (c *Client) Start(now time.Duration) {
	c.now = now
	c.attached, c.leaving = true, false
	c.dateCut(now)
	if c.session == nil {
		c.session = core.NewSession(c.sessionConfig(), now)
	} else {
		c.session.Revive(now)
	}
	c.stale = false
	c.session.Greet(c.cfg.Credentials)
}

func (c *Client) sessionConfig() core.SessionConfig {
	cfg := core.SessionConfig{MaxMessage: c.cfg.MaxMessage, Agent: c.cfg.Agent, Without: c.cfg.Without}
	if c.cfg.Arrived != nil {
		cfg.Message = c.hear()
	}
	return cfg
}

// Stop tells the client that the WebSocket has ended, and why. If the bridge keeps the session, the next Start resumes it,
// and no event says that anything has happened. Otherwise, or if the WebSocket was closed with CloseNormal, requests that
// were sent fail with Lost, because nobody knows whether they were processed. What was not sent yet waits for the next
// Start, until its deadline.
func (c *Client) Stop(err error) {
	c.attached = false
	switch {
	case c.session == nil:
		return
	case c.session.Resumable() && !endsSession(err):
		if !c.kept {
			c.kept, c.dated, c.spilt, c.cutQueue = true, false, false, c.session.Waiting()
		}
		c.session.Cut()
		return
	}
	opened := c.session.Open() || c.kept
	c.session, c.kept = nil, false
	if opened {
		why := core.NewError(core.Lost, "the connection to the bridge was lost")
		if err != nil {
			why.Text = err.Error()
		}
		c.lose(why)
	}
}

// endsSession tells whether a WebSocket was closed in a way that the bridge takes for the end of the session.
func endsSession(err error) bool {
	closed, ok := core.AsCloseError(err)
	return ok && closed.Close == core.CloseNormal
}

// End tells the client that there will be no further connection, because the bridge said so or because the owner gave up.
// Everything pending fails with why, and every socket gets its EventClosed.
func (c *Client) End(why *core.Error) {
	c.session, c.attached, c.kept = nil, false, false
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			s.shut(c, why)
		}
	}
	c.endFarewells()
}

// Ready tells whether the session is open: the bridge has welcomed the client on the present WebSocket.
func (c *Client) Ready() bool { return c.session != nil && c.session.Open() }

// Idle tells whether leaving now would lose nothing: no answer is outstanding, and the bridge has all that was sent, and, of a PUSH, has told that
// it has left.
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

// Feed takes one WebSocket message. An error ends the connection: the owner closes the WebSocket with it (see *CloseError)
// and calls Stop. Events that Feed emits alias batch.
func (c *Client) Feed(batch []byte, now time.Duration) error {
	if !c.attached {
		return nil
	}
	c.now = now
	return c.session.Feed(batch, now, c.handle)
}

// Take appends the next WebSocket message to dst, for the owner to write. It returns dst unchanged when there is none.
func (c *Client) Take(dst []byte, now time.Duration) []byte {
	if !c.attached {
		return dst
	}
	c.sayRecover()
	return c.session.Take(dst, now)
}

// HasBatch tells whether Take has something to give.
func (c *Client) HasBatch() bool { return c.attached && c.session.Ready() }

// Queued is the number of bytes that wait to be taken with Take.
func (c *Client) Queued() int {
	if c.session == nil {
		return 0
	}
	return c.session.Queued()
}

// Tick fails requests whose deadline has passed, and checks that the bridge is still heard. The owner calls it at the time
// that Next tells, or later. An error ends the connection, as with Feed.
func (c *Client) Tick(now time.Duration) error {
	c.now = now
	for len(c.requests) > 0 && c.requests[0].at <= now {
		d := c.requests.pop()
		if d.request == 0 {
			c.lingerOver(d)
			continue
		}
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
	errExpired = core.NewError(core.Lost, "the bridge could not be reached for as long as it keeps a session")
	errSpilt   = core.NewError(core.Lost, "too much was said since the connection to the bridge was lost")
)

// Probe asks the bridge for a sign of life. If none comes in time, Tick returns an error, which ends the connection as
// always. The owner calls it when the network may have changed. A request that waits in silence does the same by itself.
func (c *Client) Probe(now time.Duration) {
	c.now = now
	if c.attached {
		c.session.Probe(now)
	}
}

// RTT is how long the bridge took to answer the last Probe, or the Ping of a request that waited in silence. It is 0 while an
// answer is outstanding, and where there was none on this connection.
func (c *Client) RTT() time.Duration {
	if !c.attached {
		return 0
	}
	return c.session.RTT()
}

// dateCut notes when the session was cut. It is called with the next time that the client learns, because Stop is not told
// the time, and the last time that was told before Stop may be long ago.
func (c *Client) dateCut(now time.Duration) {
	if c.kept && !c.dated {
		c.dated, c.cutAt = true, now
	}
}

// expiry is when the bridge forgets a session that was cut.
func (c *Client) expiry() time.Duration {
	if !c.dated {
		return c.now // Tick is wanted as soon as possible, so that the client learns the time of the cut
	}
	return c.cutAt + c.session.Retain()
}

// overfull tells whether more was queued since the session was cut than the client may keep (Config.MaxQueued).
func (c *Client) overfull() bool { return c.session.Waiting()-c.cutQueue > c.cfg.MaxQueued }

// giveUp ends a session that was cut, and the WebSocket on which it would be resumed. Both are gone before the first event
// comes out, so that whoever gets the event finds neither.
func (c *Client) giveUp(why *core.Error) error {
	attached := c.attached
	c.session, c.kept, c.attached = nil, false, false
	c.lose(why)
	if attached {
		return core.NewCloseError(core.CloseTimeout, why.Text)
	}
	return nil
}

// Next is the time at which Tick has something to do; ok is false when nothing is pending. The owner asks again after every
// other call.
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

// dropStale removes deadlines from the top of the heap whose requests have ended, so that no timer is kept for them.
func (c *Client) dropStale() {
	for len(c.requests) > 0 {
		d := c.requests[0]
		if d.request == 0 && c.lingersUntil(d) {
			return
		}
		if s := c.sockets[d.socket]; s != nil {
			if r, pending := s.pending[d.request]; pending && r.deadline == d.at {
				return
			}
		}
		c.requests.pop()
	}
}

// receive handles one frame of the bridge.
func (c *Client) receive(f *core.Frame) error {
	if c.session == nil {
		return nil // the owner ended the session when it got the event of a frame before this one
	}
	switch f.Kind {
	case core.KindWelcome:
		return c.welcomed(f)
	case core.KindGoAway:
		c.sentAway(f)
		return nil
	case core.KindExpiring:
		c.emit(&Event{Kind: EventExpiring, Millis: f.Millis, Code: f.Code, Text: f.Text, Remote: true})
		return nil
	}
	s := c.sockets[f.Socket]
	switch {
	case s != nil && s.closing != nil:
		return s.receiveClosing(c, f)
	case s != nil:
		return s.receive(c, f)
	case f.Socket > c.lastSocket:
		return core.NewCloseError(core.CloseState, f.Kind.String()+" of a socket that was never opened")
	}
	c.answered(f) // unless the socket was closed here while the frame was under way
	return nil
}

func (c *Client) sentAway(f *core.Frame) {
	e := Event{Kind: EventTurnedAway, Millis: f.Millis, Text: f.Text, Remote: true}
	if c.session.Open() {
		c.leaving = true
		e.Kind = EventDraining
	}
	c.emit(&e)
}

// emit hands an event to the sink. The sink may call the client from within, and that call may emit events of its own. The
// event of the outer call, which the sink may still be reading, is therefore put back afterwards.
func (c *Client) emit(e *Event) {
	outer := c.event
	c.event = *e
	c.sink(&c.event)
	c.event = outer
}

// speaks tells whether a frame that is sent now reaches the bridge, either at once or after the session was resumed.
func (c *Client) speaks() bool { return c.kept || c.Ready() }

// send appends a frame; the client has to speak. The error says that the peer does not accept the frame, or that there is
// no room to keep it while the session is cut.
func (c *Client) send(f *core.Frame) error {
	if c.kept && c.overfull() {
		c.spilt = true
		return errCutTooLong
	}
	return c.session.Append(f)
}

var errCutTooLong = core.NewError(core.Busy, "too much was said since the connection to the bridge was lost")
