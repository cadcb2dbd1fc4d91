package req

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// lockstep makes the requests of a Requester at a ROUTER, such as a broker that speaks a protocol of its own. A broker
// would see the envelope that tells pipelined requests apart, so here each request has a connection of type REQ to itself
// until its reply comes, with [empty][parts…] both ways: https://rfc.zeromq.org/spec/28/. Connections are kept for the
// next request; there are as many as requests go side by side, up to Config.MaxLockstep. A request that is not answered soon
// may be a worker that waits for its job, for hours: it takes no place from the others then, see seat.
type lockstep struct {
	requester *Requester
	requests  chan *Request // to a connection that is free
	places    chan struct{} // holds a token for every connection, but those whose request has waited for long
	waiting   chan struct{} // holds a token for each of these
	running   sync.WaitGroup
}

// serveRouter uses p, which is of type DEALER, only to know whether the peer is there. It returns when p has ended, and
// with it the connections over which requests go.
func (q *Requester) serveRouter(ctx context.Context, p *zmtp.Conn) error {
	ctx, end := context.WithCancelCause(ctx)
	l := &lockstep{
		requester: q,
		requests:  make(chan *Request),
		places:    make(chan struct{}, q.config.MaxLockstep),
		waiting:   make(chan struct{}, q.config.MaxWaiting),
	}
	// Ended by ctx and joined here, like the goroutines it starts.
	l.running.Go(func() { l.dispatch(ctx) })
	p.Out = zmtp.Wakeups()
	p.OnMessage = func(core.Message) error {
		q.counters.Malformed.Add(1)
		return nil
	}
	err := p.Run(ctx)
	end(err)
	l.running.Wait()
	return err
}

// dispatch brings the requests that are queued to connections. What it leaves behind fails with the link.
func (l *lockstep) dispatch(ctx context.Context) {
	queue := l.requester.out
	for {
		select {
		case <-ctx.Done():
			return
		case <-queue.Ready():
		}
		for taken := queue.Take(); len(taken) > 0; taken = taken[1:] {
			if !l.place(ctx, taken[0].Out.(*Request)) {
				return
			}
			queue.Written(taken[:1])
		}
	}
}

// place gives r to a connection that is free, or to a new one, or waits for either. It tells whether ctx lasted.
func (l *lockstep) place(ctx context.Context, r *Request) bool {
	tick := time.NewTicker(waitsLong)
	defer tick.Stop()
	crowded := false
	for r.state.Load() == requestQueued { // else it was withdrawn
		select {
		case l.requests <- r:
			return true
		default:
		}
		select {
		case l.requests <- r:
			return true
		case l.places <- struct{}{}:
			l.running.Go(func() { l.converse(ctx, r) })
			return true
		case <-ctx.Done():
			return false
		case <-tick.C:
			// When those that wait are as many as may, none of the places is going to be given up soon. The last of them may
			// have given its own up at this very moment, so it is looked at twice.
			full := len(l.waiting) == cap(l.waiting)
			if full && crowded {
				l.requester.finish(r, answer{err: errCrowded})
			}
			crowded = full
		}
	}
	return true
}

// conversation is one connection of type REQ.
type conversation struct {
	lockstep *lockstep
	seat     *seat
	peer     *zmtp.Conn
	asked    atomic.Bool // a request was written, and its reply has not come
	replies  chan answer // from the reader; one at most
	ended    chan error  // why the connection has ended
}

// converse makes a connection, and one request after the other over it, beginning with r. It has a place, and gives it back.
func (l *lockstep) converse(ctx context.Context, r *Request) {
	s := &seat{lockstep: l}
	defer s.leave()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	q := l.requester
	if !q.claim(r, end) {
		return
	}
	c, err := l.connect(ctx, s)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		q.fail(r, err)
		return
	}
	for r != nil {
		if err := c.exchange(r); err != nil {
			q.fail(r, err)
			break
		}
		for r = c.next(); r != nil && !q.claim(r, end); {
			r = c.next()
		}
	}
	end(errIdle)
	<-c.ended
}

func (l *lockstep) connect(ctx context.Context, s *seat) (*conversation, error) {
	link := l.requester.link
	p, err := link.DialBeside(ctx, core.REQ)
	if err != nil {
		return nil, err
	}
	c := &conversation{lockstep: l, seat: s, peer: p, replies: make(chan answer, 1), ended: make(chan error, 1)}
	p.Out = zmtp.Wakeups()
	p.OnMessage = c.take
	p.OnExcess = c.takeExcess
	// Ended by ctx and joined by converse.
	go func() {
		defer close(c.ended)
		c.ended <- link.RunBeside(ctx, p)
	}()
	return c, nil
}

// take keeps a reply for whoever waits for it. It runs in the reader goroutine.
func (c *conversation) take(m core.Message) error {
	if len(m) < 2 || len(m[0]) != 0 {
		return zmtp.ProtocolError("a reply without its envelope")
	}
	return c.keep(answer{reply: m[1:]})
}

// takeExcess keeps what became of a reply that was over a limit.
func (c *conversation) takeExcess(_ core.Message, reason *core.Error) error {
	return c.keep(answer{err: tooLarge(reason)})
}

func (c *conversation) keep(a answer) error {
	if !c.asked.CompareAndSwap(true, false) {
		return zmtp.ProtocolError("a reply to no request") // or it would be taken for the reply to the next
	}
	c.replies <- a
	return nil
}

// exchange makes one request and reports its reply. An error ends the connection, and the request with it.
func (c *conversation) exchange(r *Request) error {
	if err := c.peer.Out.Push(bare{r, c}, 0); err != nil {
		return err
	}
	long := time.NewTicker(waitsLong)
	defer long.Stop()
	for {
		select {
		case a := <-c.replies:
			if !c.lockstep.requester.finish(r, a) {
				return errIdle // withdrawn at the same time: abandon is ending this connection, or about to
			}
			return nil
		case <-long.C:
			c.seat.yield()
		case err := <-c.ended:
			// The reply may have been the last that came.
			select {
			case a := <-c.replies:
				c.lockstep.requester.finish(r, a)
			default:
			}
			return err
		}
	}
}

// next waits for another request; nil: the connection has ended, or none came for long.
func (c *conversation) next() *Request {
	t := time.NewTimer(c.lockstep.requester.config.IdleClose)
	defer t.Stop()
	select {
	case <-c.ended:
		return nil // even if somebody waits for a connection
	default:
	}
	if !c.seat.retake() {
		select {
		case r := <-c.lockstep.requests:
			return r
		default:
			return nil // there are connections enough
		}
	}
	select {
	case r := <-c.lockstep.requests:
		return r
	case <-c.ended:
	case <-t.C:
	}
	return nil
}

// noEnvelope is what a REQ puts in front of a request.
var noEnvelope = [][]byte{nil}

// bare is a request without the envelope that tells requests apart.
type bare struct {
	request      *Request
	conversation *conversation
}

// Write implements zmtp.Outgoing.
func (b bare) Write(p *zmtp.Conn) error {
	b.conversation.asked.Store(true)
	return b.request.writeBehind(p, noEnvelope)
}

// claim gives a request that is still wanted a connection of its own, which abandon ends when it is withdrawn.
func (q *Requester) claim(r *Request, abandon func(error)) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending.get(r.id) != r {
		return false
	}
	r.abandon = abandon
	return true
}

// finish ends a request with what came back, and tells whether it was still wanted.
func (q *Requester) finish(r *Request, a answer) bool {
	if !q.takeBack(r) {
		q.counters.Late.Add(1)
		return false
	}
	r.end(a)
	return true
}

// fail ends a request whose connection has ended, unless it was withdrawn.
func (q *Requester) fail(r *Request, reason error) {
	if q.takeBack(r) {
		q.endFailed(r, reason)
	}
}
