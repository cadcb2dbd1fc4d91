package req

import (
	"context"
	"sync"
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

	mu      sync.Mutex
	backlog []zmtp.Entry // requests that wait for a connection, the oldest first, but for the one that dispatch is about to place
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
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.requester.out.Ready():
			l.fill()
		}
		for r := l.pop(); r != nil; r = l.pop() {
			if !l.place(ctx, r) {
				return
			}
		}
	}
}

// fill takes what is queued, for whoever can make requests.
func (l *lockstep) fill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.requester.out.Take()
	l.backlog = append(l.backlog, taken...)
	clear(taken)
}

// pop takes the next request out of the backlog; nil: there is none.
func (l *lockstep) pop() *Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.backlog) > 0 {
		r := l.backlog[0].Out.(*Request)
		l.requester.out.Written(l.backlog[:1])
		l.backlog = l.backlog[1:]
		if r.state.Load() == requestQueued { // else it was withdrawn
			return r
		}
	}
	return nil
}

// next is the request that has waited longest, for who has a connection; nil: none waits.
func (l *lockstep) next() *Request {
	select {
	case r := <-l.requests: // dispatch has taken it first
		return r
	default:
		return l.pop()
	}
}

// place gives r to a connection that is free, or to a new one, or waits for either. It tells whether ctx lasted.
func (l *lockstep) place(ctx context.Context, r *Request) bool {
	select {
	case l.requests <- r:
		return true
	default:
	}
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
		case <-l.requester.out.Ready():
			l.fill()
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
