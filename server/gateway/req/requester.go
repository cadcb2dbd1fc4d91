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
	flushes []Caller       // of the reader goroutine: who wants Flush to be called

	mu        sync.Mutex
	closed    bool
	pending   pending
	deadlines deadlines
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
	q.deadlines.timer = time.AfterFunc(time.Hour, q.expire)
	q.deadlines.timer.Stop()
	us := zmtp.Self{Type: core.DEALER, Limits: c.Links.Limits, Requests: true}
	us.Limits.MaxParts += replyHeader // the message is what is limited, not what it comes in
	q.link = link.New(c.Links, links, endpoint, us, link.Role{Serve: q.serve, Down: q.down})
	q.link.Start()
	return q
}

// Do queues one request and calls caller.Answer exactly once, from another goroutine or before Do returns. The frames of m
// belong to the requester until then, and must not be modified. The zero deadline means
// in 30 s.
//
// The error is one of: Unavailable, nobody is there, at once when that is known already, or it was queued and never
// sent; Lost, it was sent over a connection that then died; Timeout; Canceled; Busy, too much is queued or outstanding;
// Invalid and TooLarge, for m; Closed.
func (q *Requester) Do(m core.Message, deadline time.Time, caller Caller) *Request {
	if deadline.IsZero() {
		deadline = time.Now().Add(defaultTimeout)
	}
	r := &Request{requester: q, message: m, caller: caller}
	if err := q.start(r, deadline); err != nil {
		r.message = nil
		r.state.Store(requestEnded)
		r.unsent.Store(true)
		caller.Answer(nil, err, false)
	}
	return r
}

// start puts r among the pending ones and into the queue. After an error it is in neither.
func (q *Requester) start(r *Request, deadline time.Time) error {
	if err := core.CheckMessage(r.message, int(q.config.Links.Limits.MaxMessage)); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return link.ErrClosed
	}
	if known, reason := q.link.Status().Get(); known && reason != nil {
		return asUnsent(reason)
	}
	if q.pending.count >= q.config.MaxPending {
		return errPending
	}
	q.pending.add(r)
	binary.BigEndian.PutUint64(r.envelope[:], r.id)
	if err := q.out.Push(r, int64(r.message.Size())); err != nil {
		q.pending.remove(r)
		return err
	}
	q.running.Add(1)
	q.counters.Pending.Add(1)
	q.deadlines.add(r, deadline)
	return nil
}

// asUnsent is the error of a request that is not sent because the backend is away: that another message was too large is not
// its fault.
func asUnsent(reason error) error {
	if core.CodeOf(reason) == core.TooLarge {
		return core.NewError(core.Unavailable, zmtp.Describe(reason))
	}
	return reason
}

// take removes a request from the pending ones. Whoever gets it ends it; nil: somebody else has.
func (q *Requester) take(id uint64) *Request {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.pending.get(id)
	if r != nil {
		q.pending.remove(r)
		q.deadlines.remove(r)
		q.counters.Pending.Add(-1)
	}
	return r
}

// expire ends the requests whose time is over. It is run by the timer.
func (q *Requester) expire() {
	q.mu.Lock()
	due := q.deadlines.expired(time.Now())
	q.mu.Unlock()
	for _, r := range due {
		r.withdraw(errTimeout)
	}
}

// takeAll removes every request, and the queue with them.
func (q *Requester) takeAll() []*Request {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.pending.removeAll()
	q.counters.Pending.Add(-int64(len(all)))
	q.deadlines.clear()
	q.out.Clear()
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
	p.OnPause = func() (more bool, err error) { q.flush(); return false, nil }
	p.OnExcess = q.receiveExcess
	defer q.flush()
	return p.Run(ctx)
}

// flush tells those that got an answer that no more have come together with it. It runs in the reader goroutine.
func (q *Requester) flush() {
	for i, c := range q.flushes {
		c.Flush()
		q.flushes[i] = nil
	}
	q.flushes = q.flushes[:0]
}

// receiveExcess ends the request whose reply was over a limit.
func (q *Requester) receiveExcess(head core.Message, reason *core.Error) error {
	if len(head) < 1 || len(head[0]) != requestID {
		return nil
	}
	if r := q.take(binary.BigEndian.Uint64(head[0])); r != nil {
		r.end(nil, tooLarge(reason), false)
	}
	return nil
}

// tooLarge is the error of a request whose reply is over a limit.
func tooLarge(reason *core.Error) error {
	return core.NewError(core.TooLarge, "the reply is over a limit: "+reason.Text)
}

// receive matches a reply with its request. It runs in the reader goroutine.
func (q *Requester) receive(m core.Message) error {
	if len(m) < minReply || len(m[0]) != requestID || len(m[1]) != 0 {
		q.counters.Malformed.Add(1)
		return nil
	}
	r := q.take(binary.BigEndian.Uint64(m[0]))
	if r == nil {
		q.counters.Late.Add(1)
		return nil
	}
	if caller := r.caller; r.end(m[replyHeader:], nil, true) {
		q.flushes = append(q.flushes, caller)
	}
	return nil
}

// down is part of link.Role: everything outstanding fails, each request by what had become of it.
func (q *Requester) down(reason error) {
	for _, r := range q.takeAll() {
		q.endFailed(r, reason)
	}
}

// endFailed ends a request that was taken, because its connection has ended.
func (q *Requester) endFailed(r *Request, reason error) {
	switch {
	case core.CodeOf(reason) == core.Closed:
		r.end(nil, reason, false)
	case r.state.Load() == requestSent:
		r.end(nil, link.Lost(q.link.Endpoint(), reason), false)
	default:
		r.end(nil, link.Unavailable(q.link.Endpoint(), reason), false)
	}
}

// Answers tells whether the backend, which is connected, answers heartbeats, as far as that is known.
func (q *Requester) Answers() bool {
	p := q.conn.Load()
	return p == nil || p.Answers()
}

// Status is what is known of the backend.
func (q *Requester) Status() *link.Status { return q.link.Status() }

// Redial ends the connection and makes another at once, because the address has changed.
func (q *Requester) Redial() { q.link.Redial() }

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
