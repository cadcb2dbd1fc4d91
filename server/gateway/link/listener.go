package link

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Listener accepts peers at one endpoint, and leaves one address for another when the endpoint moves. A peer that is slow,
// silent or hostile during its handshake delays nobody else, and no more than Config.MaxPeers are connected at a time.
type Listener struct {
	config   *Config
	counters *Counters
	endpoint core.Endpoint
	self     zmtp.Self
	serve    func(ctx context.Context, p *zmtp.Conn) error // is called in a goroutine for every peer, and calls Run
	state    Status

	places  chan struct{} // holds a token for every connection
	running sync.WaitGroup
	cancel  context.CancelCauseFunc

	mu     sync.Mutex
	socket net.Listener            // nil: it does not listen
	at     core.Endpoint           // the address of that
	leave  context.CancelCauseFunc // ends the connections of this socket
	ended  bool
}

// Pauses after an Accept that failed, for example for want of file descriptors.
const (
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// Listen binds. Nothing is accepted before Start.
func Listen(c *Config, n *Counters, endpoint core.Endpoint, s zmtp.Self) (*Listener, error) {
	at, err := c.locate(endpoint)
	if err != nil {
		return nil, err
	}
	socket, err := bind(at, endpoint, c.DialTimeout)
	if err != nil {
		return nil, err
	}
	if tcp, ok := socket.Addr().(*net.TCPAddr); ok && endpoint.Name == "" {
		endpoint.Port = uint16(tcp.Port) // differs when port 0 left the choice to the kernel
	}
	l := &Listener{
		config: c, counters: n, endpoint: endpoint, self: s, socket: socket, at: at,
		places: make(chan struct{}, c.MaxPeers),
	}
	l.state.Up()
	return l, nil
}

// Start begins to accept.
func (l *Listener) Start(serve func(ctx context.Context, p *zmtp.Conn) error) {
	l.serve = serve
	ctx, cancel := context.WithCancelCause(context.Background())
	l.cancel = cancel
	l.mu.Lock()
	here := l.settle(ctx, l.socket, l.at)
	l.mu.Unlock()
	// Ended by Stop and joined by Join, like the goroutines it starts.
	l.running.Go(func() { l.run(ctx, here) })
}

// Stop closes the socket and begins to close all connections.
func (l *Listener) Stop() {
	l.cancel(ErrClosed)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.close()
}

// Move leaves the address, which is free when it returns, and listens where the endpoint is by now. Until that can be done it
// is down, and its peers are as if it had been started anew. Where the address is the same it stays.
func (l *Listener) Move() {
	now, err := l.config.locate(l.endpoint)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.socket != nil && now == l.at {
		return
	}
	if l.leave != nil {
		l.leave(errMoved)
	}
	l.close()
}

// close closes the socket. The lock is held.
func (l *Listener) close() {
	if l.socket != nil {
		l.socket.Close()
		l.socket = nil
	}
}

// Join returns when every goroutine has ended. It comes after Stop.
func (l *Listener) Join() { l.running.Wait() }

// Endpoint is where it listens. The port is the real one when port 0 left the choice to the kernel.
func (l *Listener) Endpoint() core.Endpoint { return l.endpoint }

// Status tells whether it listens.
func (l *Listener) Status() *Status { return &l.state }

// place is where it listens at a time, and how long.
type place struct {
	ctx    context.Context // ends when it is left
	socket net.Listener
}

// settle makes a socket the one at which it listens. The lock is held.
func (l *Listener) settle(ctx context.Context, socket net.Listener, at core.Endpoint) place {
	l.socket, l.at = socket, at
	here, leave := context.WithCancelCause(ctx)
	l.leave = leave
	return place{here, socket}
}

// run listens in one place after the other.
func (l *Listener) run(ctx context.Context, here place) {
	for {
		l.accept(here)
		if ctx.Err() != nil {
			return
		}
		l.state.Down(Unavailable(l.endpoint, errMoved))
		next, ok := l.resettle(ctx)
		if !ok {
			return
		}
		here = next
		l.state.Up()
	}
}

// resettle listens where the endpoint is by now, as soon as that is possible: another one may have to move away first.
func (l *Listener) resettle(ctx context.Context) (here place, ok bool) {
	for wait := l.config.BackoffMin; ; wait = min(2*wait, l.config.BackoffMax) {
		here, err := l.bindAgain(ctx)
		if err == nil {
			return here, true
		}
		l.state.Down(err)
		if !sleep(ctx, wait) {
			return place{}, false
		}
	}
}

func (l *Listener) bindAgain(ctx context.Context) (here place, err error) {
	at, err := l.config.locate(l.endpoint)
	if err != nil {
		return place{}, err
	}
	socket, err := bind(at, l.endpoint, l.config.DialTimeout)
	if err != nil {
		return place{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		socket.Close()
		return place{}, ErrClosed
	}
	return l.settle(ctx, socket, at), nil
}

// accept accepts in a place until that is left.
func (l *Listener) accept(here place) {
	pause := acceptPauseMin
	for {
		conn, err := here.socket.Accept()
		if err != nil {
			if !sleep(here.ctx, pause) {
				return
			}
			pause = min(2*pause, acceptPauseMax)
			continue
		}
		pause = acceptPauseMin
		l.counters.Accepts.Add(1)
		select {
		case l.places <- struct{}{}:
			l.running.Go(func() {
				defer func() { <-l.places }()
				l.handle(here.ctx, conn)
			})
		default:
			l.counters.Excess.Add(1)
			conn.Close()
		}
	}
}

func (l *Listener) handle(ctx context.Context, conn net.Conn) {
	err := l.converse(ctx, conn)
	if ctx.Err() == nil && zmtp.IsViolation(err) {
		l.counters.Violations.Add(1)
	}
}

func (l *Listener) converse(ctx context.Context, conn net.Conn) error {
	p, err := l.welcome(ctx, conn)
	if err != nil {
		return err
	}
	l.counters.PeersUp.Add(1)
	defer l.counters.PeersUp.Add(-1)
	return l.serve(ctx, p)
}

func (l *Listener) welcome(ctx context.Context, conn net.Conn) (*zmtp.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, l.config.DialTimeout)
	defer cancel()
	return named(l.endpoint)(zmtp.Open(ctx, conn, l.self, &l.config.Config, &l.counters.Traffic))
}
