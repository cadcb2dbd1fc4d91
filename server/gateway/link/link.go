package link

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Link keeps one connection to one backend alive: dial, serve, wait, again, until it is closed.
type Link struct {
	config   *Config
	counters *Counters
	endpoint core.Endpoint
	self     zmtp.Self
	role     Role
	state    *Status
	number   int // in state
	pause    pause

	cancel context.CancelCauseFunc
	done   chan struct{} // closed when run has returned

	mu    sync.Mutex
	end   context.CancelCauseFunc // of the connection; nil: there is none
	moved bool                    // the address has changed since the last connection
	at    core.Endpoint           // the address that it was dialled at last, or is being; zero: that is not known yet
}

// stableLife is how long a connection has to live for the next redial to be quick again.
const stableLife = 5 * time.Second

// Role is what a link does with its connections. All calls come from the link's goroutine.
type Role struct {
	// Serve uses a fresh connection until it ends, and returns why it did. It calls Run, at whose beginning the status is up.
	Serve func(ctx context.Context, p *zmtp.Conn) error

	// Down is told that nobody can be reached, and why: the connection is lost, or a dial failed. The status is down
	// already, and reader and writer have ended. It is called at least once before the link ends.
	Down func(reason error)
}

// New makes a link to endpoint in the role of s. It does nothing before Start.
func New(c *Config, n *Counters, endpoint core.Endpoint, s zmtp.Self, r Role) *Link {
	return NewBeside(c, n, endpoint, s, r, new(Status))
}

// NewBeside is New for a link that has its Status in common with others.
func NewBeside(c *Config, n *Counters, endpoint core.Endpoint, s zmtp.Self, r Role, state *Status) *Link {
	l := &Link{config: c, counters: n, endpoint: endpoint, self: s, role: r, state: state, pause: newPause(), done: make(chan struct{})}
	l.number = state.add(l.pause.hurry)
	return l
}

// Start begins to dial.
func (l *Link) Start() {
	ctx, cancel := context.WithCancelCause(context.Background())
	l.cancel = cancel
	// run owns the connection. It is ended by Stop and joined by Join.
	go l.run(ctx)
}

// Stop begins to end a link that was started.
func (l *Link) Stop() { l.cancel(ErrClosed) }

// Move is Redial, if another address stands behind the endpoint than the one it was dialled at.
func (l *Link) Move() {
	now, err := l.config.locate(l.endpoint)
	l.mu.Lock()
	stays := err == nil && now == l.at
	l.mu.Unlock()
	if !stays {
		l.Redial()
	}
}

// Redial ends the connection and makes another soon.
func (l *Link) Redial() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end != nil {
		l.end(errMoved)
		return
	}
	l.moved = true
	l.pause.hurry()
}

// Join returns when everything the link started has ended. It comes after Stop.
func (l *Link) Join() { <-l.done }

// Status is what is known of the backend.
func (l *Link) Status() *Status { return l.state }

// State is what is known of the backend of this link alone.
func (l *Link) State() (known bool, reason error) { return l.state.get(l.number) }

// Endpoint is where the backend is.
func (l *Link) Endpoint() core.Endpoint { return l.endpoint }

func (l *Link) run(ctx context.Context) {
	defer close(l.done)
	wait := l.config.BackoffMin
	for connected := false; ; {
		l.pause.dialling()
		p, err := l.dial(ctx)
		if err == nil {
			if connected {
				l.counters.Reconnects.add(l.endpoint.Name)
			}
			connected = true
			born := time.Now()
			err = l.serve(ctx, p)
			if time.Since(born) >= stableLife {
				wait = l.config.BackoffMin
			}
		}
		l.pause.failed()
		l.blame(ctx, err)
		l.down(ctx, err)
		if !l.pause.wait(ctx, wait/2+rand.N(wait/2+1)) {
			l.down(ctx, nil) // somebody may wait for another dial, which there is not going to be
			return
		}
		wait = min(2*wait, l.config.BackoffMax)
	}
}

// down tells everybody that nobody can be reached. Where the link is being ended that is why.
func (l *Link) down(ctx context.Context, err error) {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	l.state.set(l.number, l.reason(err))
	l.role.Down(err)
}

// blame counts a connection that the peer's fault has ended.
func (l *Link) blame(ctx context.Context, err error) {
	if ctx.Err() == nil && zmtp.IsViolation(err) {
		l.counters.Violations.Add(1)
	}
}

func (l *Link) serve(ctx context.Context, p *zmtp.Conn) error {
	var live atomic.Bool
	p.OnLive = func() { // not now: whoever hears of it may send at once, and finds nobody who would take it
		live.Store(true)
		l.state.set(l.number, nil)
		l.counters.LinksUp.Add(1)
	}
	defer func() {
		if live.Load() {
			l.counters.LinksUp.Add(-1)
		}
	}()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	l.serves(end)
	defer l.serves(nil)
	return l.role.Serve(ctx, p)
}

// serves notes how to end the connection; nil: it has ended.
func (l *Link) serves(end context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = end
	if end != nil && l.moved { // the dial may have begun before
		l.moved = false
		end(errMoved)
	}
}

var errMoved = core.NewError(core.Unavailable, "the address has changed")

func (l *Link) dial(ctx context.Context) (*zmtp.Conn, error) {
	l.dials(core.Endpoint{}) // the address may change while it is asked for
	at, err := l.config.locate(l.endpoint)
	if err != nil {
		return nil, err
	}
	l.dials(at)
	return l.dialAs(ctx, at, l.self)
}

// dials notes the address that is being dialled.
func (l *Link) dials(at core.Endpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = at
}

// DialBeside makes one more connection to the same backend, as a socket of another type; RunBeside runs it.
func (l *Link) DialBeside(ctx context.Context, typ core.SocketType) (*zmtp.Conn, error) {
	at, err := l.config.locate(l.endpoint)
	if err != nil {
		return nil, err
	}
	p, err := l.dialAs(ctx, at, zmtp.Self{Type: typ, Limits: l.self.Limits, Requests: l.self.Requests})
	if err != nil {
		l.blame(ctx, err)
	}
	return p, err
}

// RunBeside runs a connection of DialBeside until it ends, and returns why it did.
func (l *Link) RunBeside(ctx context.Context, p *zmtp.Conn) error {
	l.counters.LinksUp.Add(1)
	defer l.counters.LinksUp.Add(-1)
	err := p.Run(ctx)
	l.blame(ctx, err)
	return err
}

// dialAs connects and shakes hands, both within Config.DialTimeout.
func (l *Link) dialAs(ctx context.Context, at core.Endpoint, s zmtp.Self) (*zmtp.Conn, error) {
	l.counters.Dials.Add(1)
	ctx, cancel := context.WithTimeout(ctx, l.config.DialTimeout)
	defer cancel()
	network, address := "tcp", at.HostPort()
	if at.Transport == "ipc" {
		network, address = "unix", at.Path
	}
	conn, err := l.config.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if l.config.Security != nil {
		s.Security = l.config.Security(at)
	}
	s.Dialed = true
	p, err := named(l.endpoint)(zmtp.Open(ctx, conn, s, &l.config.Config, &l.counters.Traffic))
	if err == nil {
		p.Address = at
	}
	return p, err
}

// named has the log call a connection by its endpoint.
func named(endpoint core.Endpoint) func(*zmtp.Conn, error) (*zmtp.Conn, error) {
	return func(p *zmtp.Conn, err error) (*zmtp.Conn, error) {
		if err == nil {
			p.Endpoint = endpoint
		}
		return p, err
	}
}

// reason is the error callers see while the link is down.
func (l *Link) reason(err error) error {
	switch core.CodeOf(err) {
	case core.Closed:
		return err
	case core.TooLarge: // it is the fault of a message, and those who wait for it are to know
		return core.NewError(core.TooLarge, l.endpoint.String()+": "+zmtp.Describe(err))
	}
	return Unavailable(l.endpoint, err)
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
