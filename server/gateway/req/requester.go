package req

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// defaultTimeout is how long a request waits that names no timeout.
const defaultTimeout = 30 * time.Second

// Requester makes requests at one REP or ROUTER. Everybody's requests are pipelined over one DEALER connection: each
// carries an envelope of its own, [8-byte id][empty], which comes back with the reply.
//
// A request is never sent twice. What is queued or outstanding when the connection dies fails at once.
type Requester struct {
	config   Config
	counters *Counters
	link     *link.Link
	out      *zmtp.Queue
	conn     atomic.Pointer[zmtp.Conn] // the present or the last one; nil: there was none yet

	running sync.WaitGroup // requests whose callers have not returned from Answer yet
	arrived arrivals       // of the reader goroutine

	// Of the writer goroutine.
	envelope [requestID]byte
	head     [replyHeader][]byte // the envelope, and an empty part

	pipelines atomic.Bool // the backend is there, and takes one request after the other

	mu        sync.Mutex
	closed    bool
	pending   pending
	deadlines deadlines
	unsent    unsent
	entries   []zmtp.Entry // memory for start
}

const (
	requestID   = 8               // bytes of the id in an envelope
	replyHeader = 2               // frames of the envelope
	minReply    = replyHeader + 1 // frames of a reply: a message has at least one part
)

// New makes a requester, which dials on its own. Connections are counted in links, requests in n.
func New(c Config, links *link.Counters, n *Counters, endpoint core.Endpoint) *Requester {
	queue := c.Links.Config
	queue.HWM = c.MaxPending // what may be outstanding may be queued: a burst of requests is not messages that nobody waits for
	q := &Requester{config: c, counters: n, out: zmtp.NewQueue(&queue)}
	q.arrived.requester = q
	q.deadlines = newDeadlines(&q.pending, q.expire)
	us := zmtp.Self{Type: core.DEALER, Limits: c.Links.Limits, Requests: true}
	us.Limits.MaxParts += replyHeader // the message is what is limited, not what it comes in
	q.link = link.New(c.Links, links, endpoint, us, link.Role{Serve: q.serve, Down: q.down})
	q.link.Start()
	return q
}

// Do makes one request: it is Prepare and Start.
func (q *Requester) Do(m core.Message, deadline time.Time, caller Caller) *Request {
	r := new(Request)
	q.Prepare(r, m, deadline, caller)
	q.Start([]*Request{r})
	return r
}

// Start queues requests that are prepared, and calls Answer of their callers exactly once each, from another goroutine or
// before Start returns.
//
// The error is one of: Unavailable, nobody is there, at once when that is known already, or it was queued and never
// sent; Lost, it was sent over a connection that then died; Timeout; Canceled; Busy, too much is queued or outstanding;
// Invalid and TooLarge, for the message; Closed.
func (q *Requester) Start(requests []*Request) {
	for _, r := range q.start(requests) {
		r.request.message = nil
		r.request.state.Store(requestEnded)
		r.request.unsent.Store(true)
		r.request.forgetCaller().Answer(nil, r.reason)
	}
}

// refusal is a request that is not made.
type refusal struct {
	request *Request
	reason  error
}

// start puts requests among the pending ones and into the queue. Those that it returns are in neither.
func (q *Requester) start(requests []*Request) (refused []refusal) {
	q.mu.Lock()
	defer q.mu.Unlock()
	entries := q.entries[:0]
	reason := q.unable()
	for _, r := range requests {
		if err := q.refuse(r, reason, len(entries)); err != nil {
			refused = append(refused, refusal{r, err})
			continue
		}
		entries = append(entries, zmtp.Entry{Out: r, Size: int64(r.message.Size())})
	}
	for _, e := range entries {
		q.pending.add(e.Out.(*Request)) // before the writer sees it, who may be quick
	}
	taken, err := q.out.PushAll(entries)
	q.running.Add(taken)
	q.counters.Pending.Add(int64(taken))
	for i, e := range entries {
		r := e.Out.(*Request)
		if i < taken {
			q.deadlines.add(r.id, 1, r.deadline)
			continue
		}
		q.pending.remove(r.id)
		refused = append(refused, refusal{r, err})
	}
	clear(entries)
	q.entries = entries
	return refused
}

// unable is why no request can be made now. The lock is held.
func (q *Requester) unable() error {
	if q.closed {
		return link.ErrClosed
	}
	if known, reason := q.link.Status().Get(); known && reason != nil {
		return asUnsent(reason)
	}
	return nil
}

// refuse is why a request cannot be made, before which there are some that are not pending yet. The lock is held.
func (q *Requester) refuse(r *Request, unable error, before int) error {
	if err := core.CheckMessage(r.message, int(q.config.Links.Limits.MaxMessage)); err != nil {
		return err
	}
	if unable == nil && q.pending.count+before >= q.config.MaxPending {
		return errPending
	}
	return unable
}

// asUnsent is the error of a request that is not sent because the backend is away: that another message was too large is not
// its fault.
func asUnsent(reason error) error {
	if core.CodeOf(reason) == core.TooLarge {
		return core.NewError(core.Unavailable, zmtp.Describe(reason))
	}
	return reason
}

// takeBack removes a request from the pending ones, for who has the request itself, and ends it then. False: somebody else has.
func (q *Requester) takeBack(r *Request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending.get(r.id) != r {
		return false
	}
	q.remove(r.id)
	q.counters.Pending.Add(-1)
	return true
}

// remove takes out the request with a number, which is pending. The lock is held.
func (q *Requester) remove(id uint64) {
	q.pending.remove(id)
	q.deadlines.remove(1)
}

// expire ends the requests whose time is over. It is run by the timer.
func (q *Requester) expire() {
	q.mu.Lock()
	ended := q.takeThese(q.deadlines.expired(time.Now()), false)
	q.mu.Unlock()
	for _, r := range ended.requests {
		r.drop(errTimeout)
	}
	for _, f := range ended.failed {
		q.fails(f, errTimeout)
	}
}

// takeAll removes every request, and the queue with them.
func (q *Requester) takeAll() taken {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.takeThese(q.pending.all(), true)
	q.pipelines.Store(false)
	q.deadlines.clear()
	q.out.Clear()
	q.unsent.clear()
	return all
}

// serve is part of link.Role.
func (q *Requester) serve(ctx context.Context, p *zmtp.Conn) error {
	q.conn.Store(p)
	if p.SocketType() == core.ROUTER {
		return q.serveRouter(ctx, p)
	}
	p.Out = q.out
	p.LendMessages()
	p.OnMessage = q.receive
	if limits := &q.config.Links.Limits; min(limits.MaxFrame, limits.MaxMessage) >= maxShort {
		p.OnBytes = q.arrived.addAll
	}
	q.arrived.conn = p
	p.OnPause = q.arrived.pause
	p.OnExcess = q.receiveExcess
	q.pipelines.Store(true)
	defer q.arrived.finish()
	return p.Run(ctx)
}

// receiveExcess ends the request whose reply was over a limit.
func (q *Requester) receiveExcess(head core.Message, reason *core.Error) error {
	if len(head) < 1 || len(head[0]) != requestID {
		return nil
	}
	id := binary.BigEndian.Uint64(head[0])
	q.mu.Lock()
	var ended taken
	if q.pending.has(id) {
		ended = q.takeThese([]uint64{id}, false)
	}
	q.mu.Unlock()
	for _, r := range ended.requests {
		r.end(answer{err: tooLarge(reason)})
	}
	for _, f := range ended.failed {
		q.fails(f, tooLarge(reason))
	}
	return nil
}

// tooLarge is the error of a request whose reply is over a limit.
func tooLarge(reason *core.Error) error {
	return core.NewError(core.TooLarge, "the reply is over a limit: "+reason.Text)
}

// receive notes a reply. It runs in the reader goroutine.
func (q *Requester) receive(m core.Message) error {
	if len(m) < minReply || len(m[0]) != requestID || len(m[1]) != 0 {
		q.counters.Malformed.Add(1)
		return nil
	}
	q.arrived.add(binary.BigEndian.Uint64(m[0]), m[replyHeader:])
	return nil
}

// down is part of link.Role: everything outstanding fails, each request by what had become of it.
func (q *Requester) down(reason error) {
	all := q.takeAll()
	for _, r := range all.requests {
		q.endFailed(r, reason)
	}
	for _, f := range all.failed {
		q.fails(f, q.failure(f.Unsent == nil, reason))
	}
}

// endFailed ends a request that was taken, because its connection has ended.
func (q *Requester) endFailed(r *Request, reason error) {
	r.end(answer{err: q.failure(r.state.Load() == requestSent, reason)})
}

// failure is why a request fails when its connection has ended, for a reason.
func (q *Requester) failure(sent bool, reason error) error {
	switch {
	case core.CodeOf(reason) == core.Closed:
		return reason
	case sent:
		return link.Lost(q.link.Endpoint(), reason)
	default:
		return link.Unavailable(q.link.Endpoint(), reason)
	}
}

// Answers tells whether the backend, which is connected, answers heartbeats, as far as that is known.
func (q *Requester) Answers() bool {
	p := q.conn.Load()
	return p == nil || p.Answers()
}

// Pipelines tells whether the backend is there, and takes one request after the other.
func (q *Requester) Pipelines() bool { return q.pipelines.Load() }

// Status is what is known of the backend.
func (q *Requester) Status() *link.Status { return q.link.Status() }

// Move ends the connection and makes another at once, if the address has changed.
func (q *Requester) Move() { q.link.Move() }

// Stop begins to end everything and does not wait: what is outstanding fails with Closed.
func (q *Requester) Stop() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.link.Stop()
}

// Join returns when everything has ended, and every done has returned. It comes after Stop.
func (q *Requester) Join() {
	q.link.Join()
	q.running.Wait()
}
