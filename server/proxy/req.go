package proxy

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/sending"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// reqProxy is a client's REQ socket: requests go to the gateways of its endpoints in turn, past those that are down or do not
// answer heartbeats, and answers come back by number. The session's lock guards it.
type reqProxy struct {
	socket   *socket
	routes   []route // never modified in place
	next     int
	pending  map[uint64]*pendingRequest
	held     *account.Charge // for the pending ones
	farewell *farewell       // nil: the socket is open
}

// route is the way to the backend of an endpoint.
type route struct {
	*gateway.ReqGateway
	up *upstream
}

func newReqProxy(k *socket, held *account.Charge) *reqProxy {
	return &reqProxy{socket: k, pending: map[uint64]*pendingRequest{}, held: held}
}

// pendingRequest is a request without an answer. It is a req.Caller. call is set when Ask has returned; the gateway may answer
// before.
type pendingRequest struct {
	proxy    *reqProxy
	id       uint64
	message  core.Message
	timeout  time.Duration
	deadline time.Time
	gateway  *gateway.ReqGateway // which has it, or had it last
	up       *upstream           // whose that is
	call     *gateway.Request
	attempts int                    // times it was handed to a gateway
	tried    []*gateway.ReqGateway  // which could not send it, since it was last tried anew
	first    [1]*gateway.ReqGateway // memory for tried: most often there is no other

	idempotent bool          // to be sent again when it got lost
	delay      time.Duration // before it is sent again
	again      *time.Timer
}

// requestPlace is what a request costs besides its parts, here and in the gateway.
const requestPlace = 1 << 10

func (r *pendingRequest) cost() int { return requestPlace + sending.Cost(r.message) }

// A request that may be sent again is, first after minRetry, at last every maxRetry, until its deadline.
const (
	minRetry = 50 * time.Millisecond
	maxRetry = time.Second
)

func (p *reqProxy) connect(up *upstream, ep core.Endpoint) error {
	if up.access.Bind {
		return core.NewError(core.Unsupported, "a REQ socket does not bind here")
	}
	gw, err := p.socket.gateways.Req(ep)
	if err != nil {
		return err
	}
	p.socket.handle.Lock()
	p.routes = append(slices.Clip(p.routes), route{gw, up})
	p.socket.handle.Unlock()
	up.stop = gw.Watch(up)
	return nil
}

func (p *reqProxy) request(f *core.Frame, m core.Message) error {
	if err := core.CheckMessage(m, p.socket.cfg.MaxMessage); err != nil {
		return err
	}
	timeout := p.timeout(f)
	entry := &pendingRequest{proxy: p, id: f.ID, message: m, timeout: timeout, deadline: time.Now().Add(timeout), idempotent: f.Flags&core.FlagIdempotent != 0, delay: minRetry}
	if err := p.admit(f.ID, entry); err != nil {
		return err
	}
	p.ask(entry)
	return nil
}

// ask hands a request to the gateway whose turn it is.
func (p *reqProxy) ask(entry *pendingRequest) {
	h, id := p.socket.handle, entry.id
	h.Lock()
	if p.pending[id] != entry {
		h.Unlock()
		return // canceled while it waited to be sent again
	}
	if len(p.routes) == 0 {
		h.Unlock()
		p.fail(id, entry, errDisconnected)
		return
	}
	gw, at := p.choose(entry)
	if gw == nil {
		h.Unlock()
		entry.Answer(nil, core.NewError(core.Unavailable, "no endpoint is left"), false)
		return
	}
	p.next = at + 1
	entry.gateway, entry.up, entry.again = gw, p.routes[at].up, nil
	if entry.tried == nil {
		entry.tried = entry.first[:0]
	}
	entry.tried = append(entry.tried, gw)
	entry.attempts++
	attempt := entry.attempts
	entry.up.tally.FromClient(entry.message.Size())
	if p.farewell != nil {
		entry.up.tally.HandIn() // nobody asks a socket that is closed
	}
	h.Unlock()
	call := gw.Ask(entry.message, entry.deadline, entry)
	h.Lock()
	if entry.attempts == attempt { // else it has been handed to another one already
		entry.call = call
	}
	gone := p.pending[id] != entry
	h.Unlock()
	if gone {
		call.Cancel() // it was answered, or given up while it was handed over
	}
}

// admit notes a request. A *core.CloseError ends the connection, any other error answers the request.
func (p *reqProxy) admit(id uint64, entry *pendingRequest) error {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	if p.pending[id] != nil {
		return core.NewCloseError(core.CloseState, "request number used before")
	}
	if h.Usage().Pending >= p.socket.cfg.MaxPending {
		h.Counters().Hit(session.LimitRequests)
		return core.NewError(core.Busy, "too many unanswered requests on this connection")
	}
	if !h.Fits(entry.cost()) {
		return session.ErrFull
	}
	h.Usage().Pending++
	p.held.Add(entry.cost())
	p.pending[id] = entry
	return nil
}

// forget takes a request off the books. The lock is held.
func (p *reqProxy) forget(id uint64, entry *pendingRequest) {
	delete(p.pending, id)
	p.socket.handle.Usage().Pending--
	p.held.Add(-entry.cost())
}

func (p *reqProxy) timeout(f *core.Frame) time.Duration {
	cfg := &p.socket.cfg
	timeout := time.Duration(f.Millis) * time.Millisecond
	switch {
	case f.Millis == 0:
		timeout = cfg.RequestTimeout
	case f.Millis > uint64(cfg.MaxRequestTimeout/time.Millisecond):
		timeout = cfg.MaxRequestTimeout
	}
	return p.socket.timeoutUnder(timeout)
}

// Answer implements req.Caller: it hands the answer to the client, unless it has given up.
func (r *pendingRequest) Answer(reply core.Message, err error, more bool) (flush bool) {
	p, h := r.proxy, r.proxy.socket.handle
	h.Lock()
	defer h.Unlock()
	if p.pending[r.id] != r || p.retry(r, err) {
		return false
	}
	p.forget(r.id, r)
	r.observe(reply, err)
	if p.farewell != nil {
		return false
	}
	if err == nil {
		flush, err = p.sendReply(r.id, reply, more)
	}
	if err != nil {
		h.FailLocked(r.id, asError(err))
	}
	return flush
}

// observe counts how the request has ended. The lock is held.
func (r *pendingRequest) observe(reply core.Message, err error) {
	if r.up == nil {
		return // it came to no endpoint
	}
	r.up.meter.Requests.Observe(time.Since(r.deadline.Add(-r.timeout)), core.CodeOf(err))
	if err == nil && r.proxy.farewell == nil {
		r.up.tally.ToClient(1, reply.Size())
	}
}

// Flush implements req.Caller.
func (r *pendingRequest) Flush() { r.proxy.socket.handle.Flush() }

// choose is the gateway that a request goes to: of those that have not tried it, and can be reached best, the one whose turn
// it is; nil: all have tried it. The lock is held.
func (p *reqProxy) choose(entry *pendingRequest) (chosen *gateway.ReqGateway, at int) {
	var best gateway.Reach
	for n := range p.routes {
		i := (p.next + n) % len(p.routes)
		gw := p.routes[i].ReqGateway
		if slices.Contains(entry.tried, gw) {
			continue
		}
		if reach := gw.Reach(); chosen == nil || reach > best {
			chosen, best, at = gw, reach, i
		}
	}
	return chosen, at
}

// retry sends a request again that may be. What was never sent may be, at another endpoint that is not down, and at once.
// The lock is held.
func (p *reqProxy) retry(entry *pendingRequest, err error) bool {
	code := core.CodeOf(err)
	if code != core.Unavailable && code != core.Busy && code != core.Lost {
		return false
	}
	other, _ := p.choose(entry)
	if code != core.Lost && other != nil && other.Reach() != gateway.ReachAway && time.Now().Before(entry.deadline) {
		entry.again = time.AfterFunc(0, func() { p.ask(entry) }) // without the lock
		return true
	}
	return p.repeat(entry, code)
}

// repeat sends a request once more that may be sent more than once, if there is time (the guide's Lazy Pirate, chapter 4).
// The lock is held.
func (p *reqProxy) repeat(entry *pendingRequest, code core.Code) bool {
	if !entry.idempotent || code != core.Lost && code != core.Unavailable || time.Until(entry.deadline) < entry.delay {
		return false
	}
	entry.tried = nil
	entry.again = time.AfterFunc(entry.delay, func() { p.ask(entry) })
	entry.delay = min(2*entry.delay, maxRetry)
	return true
}

// stop ends what is under way for a request that nobody waits for any more.
func (r *pendingRequest) stop() {
	if r.again != nil {
		r.again.Stop()
	}
	if r.call != nil {
		r.call.Cancel()
	}
}

func (p *reqProxy) sendReply(id uint64, reply core.Message, more bool) (flush bool, err error) {
	h := p.socket.handle
	if !h.Fits(reply.Size()) {
		return false, core.NewError(core.Busy, "the answer came, but too much is queued for this connection")
	}
	f := core.Frame{Kind: core.KindReply, ID: id, Parts: reply}
	if more {
		return h.SendDeferred(&f)
	}
	return false, h.SendLocked(&f)
}

func (p *reqProxy) cancel(id uint64) {
	h := p.socket.handle
	h.Lock()
	entry := p.pending[id]
	if entry == nil {
		h.Unlock()
		return
	}
	p.forget(id, entry)
	ended := *entry
	h.Unlock()
	ended.stop()
}
