package gateway

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/req"
)

// ReqGateway makes requests at one REP or ROUTER. Everybody's requests are pipelined over one DEALER connection.
//
// A request is never sent twice. What is queued or outstanding when the connection dies fails at once.
type ReqGateway struct {
	requester *req.Requester
	release   func()
}

func newReqGateway(f *Factory, endpoint core.Endpoint, release func()) *ReqGateway {
	c := req.Config{
		Links: &f.links, MaxPending: f.config.MaxPending, MaxLockstep: f.config.MaxLockstep,
		MaxWaiting: f.config.MaxWaiting, IdleClose: f.config.IdleClose,
	}
	return &ReqGateway{req.New(c, &f.counters.Counters, &f.counters.requests, endpoint), release}
}

// Do makes a request, of which done keeps the reply. It is Prepare and Start for who is content with a function, and with a
// timeout. One of 0 means 30 s.
func (g *ReqGateway) Do(m core.Message, timeout time.Duration, done func(core.Message, error)) *Request {
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	return g.requester.Do(m, deadline, req.Func(done))
}

// Prepare makes r, which is new, a request that Start is going to make. The frames of m belong to the gateway until it has
// ended, and must not be modified. The zero deadline means in 30 s. From now on the methods of r may be called; before Start
// Cancel does nothing.
func (g *ReqGateway) Prepare(r *Request, m core.Message, deadline time.Time, caller Caller) {
	g.requester.Prepare(r, m, deadline, caller)
}

// Start queues requests that are prepared, and calls Answer of their callers exactly once each, from another goroutine or
// before Start returns.
//
// The error is one of: Unavailable, nobody is there, at once when that is known already, or it was queued and never
// sent; Lost, it was sent over a connection that then died; Timeout; Canceled; Busy, too much is queued or outstanding;
// Invalid and TooLarge, for the message; Closed.
func (g *ReqGateway) Start(requests []*Request) { g.requester.Start(requests) }

// Roll is for who makes many requests: it takes Bundles of them, while the gateway Pipelines.
func (g *ReqGateway) Roll(a Asker) *Roll { return g.requester.Roll(a) }

// Pipelines tells whether the backend is there, and takes requests one after the other without waiting for replies. A ROUTER does not.
func (g *ReqGateway) Pipelines() bool { return g.requester.Pipelines() }

// Reach tells how the gateway stands to its backend.
func (g *ReqGateway) Reach() Reach {
	known, reason := g.requester.Status().Get()
	switch {
	case !known:
		return ReachDialing
	case reason != nil:
		return ReachAway
	case !g.requester.Answers():
		return ReachSilent
	}
	return ReachReady
}

// Watch reports whether the backend is connected: its present state at once when it is known, then every change. After
// stop returns no further call is begun.
func (g *ReqGateway) Watch(w Watcher) (stop func()) { return g.requester.Status().Watch(w) }

// Release gives the gateway back to its factory. Every successful [Factory.Req] is paired with one Release.
func (g *ReqGateway) Release() { g.release() }

// stop and join are part of gateway.
func (g *ReqGateway) stop() { g.requester.Stop() }
func (g *ReqGateway) join() { g.requester.Join() }
