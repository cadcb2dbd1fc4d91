package gateway

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// DefaultTimeout is how long a request waits that names no timeout.
const DefaultTimeout = 30 * time.Second

// ReqGateway makes requests at one REP or ROUTER. Everybody's requests are pipelined over one DEALER connection: each
// carries an envelope of its own, [8-byte id][empty], which comes back with the reply.
//
// A request is never sent twice. What is queued or outstanding when the connection dies fails at once.
type ReqGateway struct {
	env     *environment
	link    *link.Link
	out     *zmtp.Queue
	release func()

	running sync.WaitGroup // requests whose done has not returned yet

	mu      sync.Mutex
	closed  bool
	lastID  uint64
	pending map[uint64]*Request
}

const (
	requestID   = 8               // bytes of the id in an envelope
	replyHeader = 2               // frames of the envelope
	minReply    = replyHeader + 1 // frames of a reply: a message has at least one part
)

func newReqGateway(e *environment, endpoint core.Endpoint, release func()) *ReqGateway {
	g := &ReqGateway{env: e, out: zmtp.NewQueue(&e.links.Config), release: release, pending: make(map[uint64]*Request)}
	g.link = link.New(&e.links, &e.counters.Counters, endpoint, zmtp.Self{Type: core.DEALER, Limits: e.links.Limits}, link.Role{Serve: g.serve, Down: g.down})
	g.link.Start()
	return g
}

// Do queues one request and calls done exactly once, from another goroutine or before Do returns, never with a lock
// held. done must not block. The frames of m belong to the gateway until then, and must not be modified; the parts of
// the reply are done's to keep. A timeout of 0 means [DefaultTimeout].
//
// The error is one of: Unavailable, nobody is there, at once when that is known already, or it was queued and never
// sent; Lost, it was sent over a connection that then died; Timeout; Canceled; Busy, too much is queued or outstanding;
// Invalid and TooLarge, for m; Closed.
func (g *ReqGateway) Do(m core.Message, timeout time.Duration, done func(core.Message, error)) *Request {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	r := &Request{gateway: g, message: m, done: done}
	if err := g.start(r, timeout); err != nil {
		r.message = nil
		r.state.Store(requestEnded)
		done(nil, err)
	}
	return r
}

// start puts r among the pending ones and into the queue. After an error it is in neither.
func (g *ReqGateway) start(r *Request, timeout time.Duration) error {
	env := g.env
	if err := core.CheckMessage(r.message, int(env.links.Limits.MaxMessage)); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return link.ErrClosed
	}
	if known, reason := g.link.Status().Get(); known && reason != nil {
		return reason
	}
	if len(g.pending) >= env.config.MaxPending {
		return errPending
	}
	g.lastID++
	r.id = g.lastID
	binary.BigEndian.PutUint64(r.envelope[:], r.id)
	if err := g.out.Push(r, int64(r.message.Size())); err != nil {
		return err
	}
	g.pending[r.id] = r
	g.running.Add(1)
	env.counters.pending.Add(1)
	r.timer = time.AfterFunc(timeout, r.expire)
	return nil
}

// take removes a request from the pending ones. Whoever gets it ends it; nil: somebody else has.
func (g *ReqGateway) take(id uint64) *Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.pending[id]
	if r != nil {
		delete(g.pending, id)
		g.env.counters.pending.Add(-1)
	}
	return r
}

// takeAll removes every request, and the queue with them.
func (g *ReqGateway) takeAll() map[uint64]*Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.pending
	g.pending = make(map[uint64]*Request)
	g.env.counters.pending.Add(-int64(len(all)))
	g.out.Clear()
	return all
}

// serve is part of role.
func (g *ReqGateway) serve(ctx context.Context, p *zmtp.Conn) error {
	if p.SocketType() == core.ROUTER {
		return g.serveRouter(ctx, p)
	}
	p.Out = g.out
	p.OnMessage = g.receive
	return p.Run(ctx)
}

// receive matches a reply with its request. It runs in the reader goroutine.
func (g *ReqGateway) receive(m core.Message, _ core.Body) error {
	if len(m) < minReply || len(m[0]) != requestID || len(m[1]) != 0 {
		g.env.counters.drop(DropMalformed)
		return nil
	}
	r := g.take(binary.BigEndian.Uint64(m[0]))
	if r == nil {
		g.env.counters.drop(DropLateReply)
		return nil
	}
	r.end(m[replyHeader:], nil)
	return nil
}

// down is part of role: everything outstanding fails, each request by what had become of it.
func (g *ReqGateway) down(reason error) {
	for _, r := range g.takeAll() {
		g.endFailed(r, reason)
	}
}

// endFailed ends a request that was taken, because its connection has ended.
func (g *ReqGateway) endFailed(r *Request, reason error) {
	switch {
	case core.CodeOf(reason) == core.Closed:
		r.end(nil, reason)
	case r.state.Load() == requestSent:
		r.end(nil, link.Lost(g.link.Endpoint(), reason))
	default:
		r.end(nil, link.Unavailable(g.link.Endpoint(), reason))
	}
}

// Watch reports whether the backend is connected: its present state at once when it is known, then every change. After
// stop returns no further call is begun.
func (g *ReqGateway) Watch(w link.Watcher) (stop func()) { return g.link.Status().Watch(w) }

// Endpoint is where the backend is.
func (g *ReqGateway) Endpoint() core.Endpoint { return g.link.Endpoint() }

// Release gives the gateway back to its factory. Every successful [Factory.Req] is paired with one Release.
func (g *ReqGateway) Release() { g.release() }

// stop is part of gateway: what is outstanding fails with Closed.
func (g *ReqGateway) stop() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.link.Stop()
}

// join is part of gateway. Every done has returned afterwards.
func (g *ReqGateway) join() {
	g.link.Join()
	g.running.Wait()
}
