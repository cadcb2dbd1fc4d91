package proxy

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/numbered"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/sending"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// reqProxy is a client's REQ socket: requests go to the gateways of its endpoints in turn, past those that are down or do not
// answer heartbeats, and answers come back by number. The session's lock guards it.
type reqProxy struct {
	handle   *session.Handle // the socket's
	slips    int             // requests that are pending, each in the roll of a route; others are in pending
	highest  uint64          // the highest number of a request so far
	farewell *farewell       // nil: the socket is open
	freed    int             // what is to be taken off held when the present visit ends
	room     int             // for replies of the present visit; more than that has to be asked for
	now      time.Duration   // when the answers of the present visit came, since epoch
	visited  bool            // an answer was given to the client, and somebody has to call Flush

	held     sending.Held // the pending ones
	answered meter.Series // of the present visit
	gathered []gathered   // of the reading goroutine: prepared, and not handed to their gateways yet
	next     int          // the route whose turn it is
	bundling bundling

	socket  *socket
	routes  []*route // never modified in place
	pending numbered.Table[pendingRequest]
	calls   []*gateway.Request // memory for Pass
}

// route is the way to the backend of an endpoint. It is a gateway.Asker.
type route struct {
	*gateway.ReqGateway
	*reqProxy
	up   *upstream
	roll *gateway.Roll
}

func newReqProxy(k *socket, held sending.Held) *reqProxy {
	return &reqProxy{socket: k, handle: k.handle, held: held}
}

// pendingRequest is a request without an answer. It is a gateway.Caller.
//
// With thousands of them under way each is in no near cache any more when its answer comes. What is looked at then stands in the first
// 128 bytes, and all of it takes 256, so that these are two lines of the cache and not three.
type pendingRequest struct {
	first      gateway.Request // memory for call
	proxy      *reqProxy       // nil: it has ended, and no answer is to come
	up         *upstream       // whose endpoint gateway is
	id         uint64
	began      time.Duration // since epoch
	charged    uint32        // on the socket's account, while it is pending
	idempotent bool          // to be sent again when it got lost
	once       bool          // it was handed over once, by Pass, and nobody has it but the gateway
	gone       bool          // it is not pending any more
	counted    bool          // as one that was handed to an endpoint, before it was

	message  core.Message
	one      [1][]byte           // memory for message: most often it has one part
	gateway  *gateway.ReqGateway // which has it, or had it last; nil: it was not handed to any
	deadline time.Time
	call     *gateway.Request      // at gateway
	tried    []*gateway.ReqGateway // others, which could not send it, since it was last tried anew
	delay    time.Duration         // before it was sent again last
	again    *time.Timer
}

// epoch is the moment since which it is counted when requests begin.
var epoch = time.Now()

// requestPlace is what a request costs besides its parts, here and in the gateway.
const requestPlace = 768

func (r *pendingRequest) cost() int {
	return min(requestPlace+sending.Cost(r.message), math.MaxUint32) // no WebSocket message is that large
}

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
	p.handle.Lock()
	r := &route{ReqGateway: gw, reqProxy: p, up: up}
	r.roll = gw.Roll(r)
	p.bundling.forget()
	p.routes = append(slices.Clip(p.routes), r)
	p.socket.countLocked(p)
	p.handle.Unlock()
	up.stop = gw.Watch(up)
	return nil
}

// ask hands a request to the gateway whose turn it is.
func (p *reqProxy) ask(entry *pendingRequest) {
	h := p.handle
	h.Lock()
	if entry.gone {
		h.Unlock()
		return // canceled while it waited to be sent again
	}
	if len(p.routes) == 0 {
		h.Unlock()
		p.fail(entry, errDisconnected)
		return
	}
	if !p.prepare(entry) {
		h.Unlock()
		entry.Answer(nil, core.NewError(core.Unavailable, "no endpoint is left"))
		return
	}
	gw, call := entry.gateway, entry.call
	entry.once = false
	h.Unlock()
	gw.Start([]*gateway.Request{call})
	h.Lock()
	gone := entry.gone
	h.Unlock()
	if gone {
		call.Cancel() // it was answered, or given up while it was handed over
	}
}

// prepare chooses the gateway of a request; false: there is none that has not tried it. The lock is held.
func (p *reqProxy) prepare(entry *pendingRequest) bool {
	gw, at := p.choose(entry)
	if gw == nil {
		return false
	}
	p.next = at + 1
	if entry.call == nil {
		entry.call = &entry.first
	} else {
		entry.call = new(gateway.Request)
	}
	if entry.gateway != nil {
		entry.tried = append(entry.tried, entry.gateway)
	}
	entry.gateway, entry.up, entry.again = gw, p.routes[at].up, nil
	if !entry.counted {
		entry.up.tally.FromClient(entry.message.Size())
	}
	entry.counted = false
	if p.farewell != nil {
		entry.up.tally.HandIn() // nobody asks a socket that is closed
	}
	gw.Prepare(entry.call, entry.message, entry.deadline, entry)
	return true
}

// admit notes a request. A *core.CloseError ends the connection, any other error answers the request. The lock is held.
func (p *reqProxy) admit(entry *pendingRequest) error {
	h := p.handle
	if entry.id <= p.highest && p.pending.Get(entry.id) != nil {
		return errUsed
	}
	if h.Usage().Pending >= p.socket.cfg.MaxPending {
		h.Counters().Hit(limit.Requests)
		return core.NewError(core.Busy, "too many unanswered requests on this connection")
	}
	cost := entry.cost()
	if !h.Fits(cost) {
		return session.ErrFull
	}
	if !p.held.Take(cost) {
		return sending.ErrEndpointFull
	}
	h.Usage().Pending++
	entry.charged = uint32(cost)
	p.pending.Put(entry.id, entry)
	p.highest = max(p.highest, entry.id)
	return nil
}

var errUsed = core.NewCloseError(core.CloseState, "request number used before")

// forget takes a request off the books. The lock is held.
func (p *reqProxy) forget(entry *pendingRequest) {
	p.pending.Delete(entry.id)
	p.handle.Usage().Pending--
	p.held.Add(-int(entry.charged))
	entry.gone = true
}

// CountAtLocked and SettleLocked are as for a Backlog.
func (p *reqProxy) CountAtLocked(m *meter.Meter, most int64) {
	p.bundling.forget()
	p.held.Load.Set(m, most)
}
func (p *reqProxy) SettleLocked() { p.held.Load.Settle() }

// timeout is how long a request may take whose client leaves it so many milliseconds; 0: as long as the bridge does.
func (p *reqProxy) timeout(millis uint64) time.Duration {
	cfg := &p.socket.cfg
	timeout := time.Duration(millis) * time.Millisecond
	switch {
	case millis == 0:
		timeout = cfg.RequestTimeout
	case millis > uint64(cfg.MaxRequestTimeout/time.Millisecond):
		timeout = cfg.MaxRequestTimeout
	}
	return p.socket.timeoutUnder(timeout)
}

// Answer implements gateway.Caller: it hands the answer to the client, unless it has given up.
func (r *pendingRequest) Answer(reply core.Message, err error) {
	h := r.proxy.handle
	h.Lock()
	defer h.Unlock()
	r.answer(reply, err)
}

// answer is Answer, with the lock held.
func (r *pendingRequest) answer(reply core.Message, err error) {
	p, h := r.proxy, r.proxy.handle
	defer r.settle()
	if r.gone || p.retry(r, err) {
		return
	}
	p.forget(r)
	r.observe(time.Now(), reply, err)
	if p.farewell != nil {
		return
	}
	if err == nil {
		err = p.fit(reply)
	}
	if err == nil {
		err = h.SendLocked(&core.Frame{Kind: core.KindReply, ID: r.id, Parts: reply})
	}
	if err != nil {
		h.FailLocked(r.id, asError(err))
	}
}

// settle lets go of what is behind a request that has ended: the gateway refers to it for a while. The lock is held.
func (r *pendingRequest) settle() {
	if r.gone {
		r.proxy, r.message, r.one[0] = nil, nil, nil
	}
}

// Group implements gateway.Caller.
func (r *pendingRequest) Group() gateway.Group { return r.proxy }

// AnswerTogether implements gateway.Caller: it is Answer, with the lock held.
func (r *pendingRequest) AnswerTogether(reply core.Message) {
	p, id := r.proxy, r.id
	if r.gone {
		r.settle()
		return
	}
	p.forget(r)
	if up := r.up; up != nil {
		p.answered.Observe(&up.meter.Requests, p.now-r.began)
		if p.farewell == nil {
			up.tally.ToClient(1, reply.Size())
		}
	}
	r.recycle()
	if p.farewell != nil {
		return
	}
	p.replyDeferred(id, reply)
}

// replyDeferred hands an answer to the client, during a visit. The lock is held.
func (p *reqProxy) replyDeferred(id uint64, reply core.Message) {
	var err error
	if size := reply.Size(); size <= p.room {
		p.room -= size
	} else {
		err = p.fit(reply)
	}
	if err == nil {
		var flush bool
		flush, err = p.handle.ReplyDeferred(id, reply)
		p.visited = p.visited || flush
	}
	if err != nil {
		p.handle.FailLocked(id, asError(err))
	}
}

// requestPool has requests to be used again: there would be no other garbage of that size for a request.
var requestPool = sync.Pool{New: func() any { return new(pendingRequest) }}

// recycle forgets a request that was answered, to which the gateway does not refer any more. The lock is held.
func (r *pendingRequest) recycle() {
	if once := r.once; once {
		*r = pendingRequest{}
		requestPool.Put(r)
		return
	}
	r.settle()
}

// Begin implements gateway.Group.
func (p *reqProxy) Begin(now time.Time) {
	p.handle.Lock()
	p.now, p.room = now.Sub(epoch), p.handle.Room()
}

// End implements gateway.Group.
func (p *reqProxy) End() (flush bool) {
	p.answered.Flush()
	p.held.Add(-p.freed)
	p.freed = 0
	flush, p.visited = p.visited, false
	p.handle.Unlock()
	return flush
}

// observe counts how the request has ended, and when. The lock is held.
func (r *pendingRequest) observe(ended time.Time, reply core.Message, err error) {
	if r.up == nil {
		return // it came to no endpoint
	}
	r.up.meter.Requests.Observe(r.took(ended), core.CodeOf(err))
	if err == nil && r.proxy.farewell == nil {
		r.up.tally.ToClient(1, reply.Size())
	}
}

// took is how long it took a request to end.
func (r *pendingRequest) took(ended time.Time) time.Duration {
	return ended.Sub(epoch) - r.began
}

// Flush implements gateway.Group.
func (p *reqProxy) Flush() { p.handle.Flush() }

// choose is the gateway that a request goes to: of those that have not tried it, and can be reached best, the one whose turn
// it is; nil: all have tried it. The lock is held.
func (p *reqProxy) choose(entry *pendingRequest) (chosen *gateway.ReqGateway, at int) {
	var best gateway.Reach
	for n := range p.routes {
		i := (p.next + n) % len(p.routes)
		gw := p.routes[i].ReqGateway
		if gw == entry.gateway || slices.Contains(entry.tried, gw) {
			continue
		}
		if len(p.routes) == 1 {
			return gw, i
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
	delay := min(max(minRetry, 2*entry.delay), maxRetry)
	if !entry.idempotent || code != core.Lost && code != core.Unavailable || time.Until(entry.deadline) < delay {
		return false
	}
	entry.gateway, entry.tried, entry.delay = nil, nil, delay
	entry.again = time.AfterFunc(delay, func() { p.ask(entry) })
	return true
}

// underWay is what is under way for a request that nobody waits for any more.
type underWay struct {
	again *time.Timer
	call  *gateway.Request
}

// underWay is what has to be stopped. The lock is held.
func (r *pendingRequest) underWay() underWay { return underWay{r.again, r.call} }

// stop ends it. No lock is held.
func (u underWay) stop() {
	if u.again != nil {
		u.again.Stop()
	}
	if u.call != nil {
		u.call.Cancel()
	}
}

// fit is why there is no room for a reply. The lock is held.
func (p *reqProxy) fit(reply core.Message) error {
	if !p.handle.Fits(reply.Size()) {
		return errNoRoom
	}
	return nil
}

var errNoRoom = core.NewError(core.Busy, "the answer came, but too much is queued for this connection")

func (p *reqProxy) cancel(id uint64) {
	h := p.handle
	h.Lock()
	entry := p.pending.Get(id)
	if entry == nil {
		rolls := p.rolls()
		h.Unlock()
		p.cancelSlip(rolls, id)
		return
	}
	p.forget(entry)
	ended := entry.underWay()
	h.Unlock()
	ended.stop()
}
