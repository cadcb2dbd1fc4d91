package gateway

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// link keeps one connection to one backend alive: dial, serve, wait, again, until it is closed.
type link struct {
	env      *environment
	endpoint core.Endpoint
	self     self
	role     role
	state    status

	cancel context.CancelCauseFunc
	done   chan struct{} // closed when run has returned
}

// role is what a link does with its connections. All calls come from the link's goroutine.
type role interface {
	// serve uses a fresh connection until it ends, and returns why it did. It calls peer.run.
	serve(ctx context.Context, p *peer) error

	// down is told that nobody can be reached, and why: the connection is lost, or a dial failed. The state is down
	// already, reader and writer have ended. It is called at least once before the link ends.
	down(reason error)
}

// newLink makes a link to endpoint in the role of typ. It does nothing before start.
func newLink(e *environment, endpoint core.Endpoint, typ zmq4.SocketType, r role) *link {
	return &link{
		env: e, endpoint: endpoint, self: self{typ: typ, limits: e.config.Limits}, role: r, done: make(chan struct{}),
	}
}

// start begins to dial.
func (l *link) start() {
	ctx, cancel := context.WithCancelCause(context.Background())
	l.cancel = cancel
	// run owns the connection. It is ended by stop and joined by join.
	go l.run(ctx)
}

// stop begins to end a link that was started.
func (l *link) stop() { l.cancel(errClosed) }

// join returns when everything the link started has ended. It comes after stop.
func (l *link) join() { <-l.done }

func (l *link) run(ctx context.Context) {
	defer close(l.done)
	wait := l.env.config.BackoffMin
	for connected := false; ; {
		p, err := l.dial(ctx)
		if err == nil {
			if connected {
				l.env.counters.reconnects.Add(1)
			}
			connected = true
			born := time.Now()
			err = l.serve(ctx, p)
			if time.Since(born) >= stableLife {
				wait = l.env.config.BackoffMin
			}
		}
		l.blame(ctx, err)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		l.state.down(l.reason(err))
		l.role.down(err)
		if !sleep(ctx, wait/2+rand.N(wait/2+1)) {
			return
		}
		wait = min(2*wait, l.env.config.BackoffMax)
	}
}

// blame counts a connection that the peer's fault has ended.
func (l *link) blame(ctx context.Context, err error) {
	if ctx.Err() == nil && isProtocol(err) {
		l.env.counters.violations.Add(1)
	}
}

func (l *link) serve(ctx context.Context, p *peer) error {
	l.env.counters.linksUp.Add(1)
	defer l.env.counters.linksUp.Add(-1)
	l.state.up()
	return l.role.serve(ctx, p)
}

func (l *link) dial(ctx context.Context) (*peer, error) { return l.dialAs(ctx, l.self) }

// dialAs connects and shakes hands, both within Config.DialTimeout.
func (l *link) dialAs(ctx context.Context, s self) (*peer, error) {
	l.env.counters.dials.Add(1)
	ctx, cancel := context.WithTimeout(ctx, l.env.config.DialTimeout)
	defer cancel()
	network, address := "tcp", l.endpoint.HostPort()
	if l.endpoint.Transport == "ipc" {
		network, address = "unix", l.endpoint.Path
	}
	conn, err := l.env.config.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if l.env.config.Security != nil {
		s.security = l.env.config.Security(l.endpoint)
	}
	return open(ctx, conn, s, l.env)
}

// reason is the error callers see while the link is down.
func (l *link) reason(err error) error {
	if core.CodeOf(err) == core.Closed {
		return err
	}
	return unavailable(l.endpoint, err)
}

// sleep waits for d and tells whether ctx lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
