package link

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Listener accepts peers at one endpoint. A peer that is slow, silent or hostile during its handshake delays nobody
// else, and no more than Config.MaxPeers are connected at a time.
type Listener struct {
	config   *Config
	counters *Counters
	endpoint core.Endpoint
	self     zmtp.Self
	socket   net.Listener
	serve    func(ctx context.Context, p *zmtp.Conn) error // is called in a goroutine for every peer, and calls Run

	places  chan struct{} // holds a token for every connection
	running sync.WaitGroup
	cancel  context.CancelCauseFunc
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
	return &Listener{
		config: c, counters: n, endpoint: endpoint, self: s, socket: socket,
		places: make(chan struct{}, c.MaxPeers),
	}, nil
}

// Start begins to accept.
func (l *Listener) Start(serve func(ctx context.Context, p *zmtp.Conn) error) {
	l.serve = serve
	ctx, cancel := context.WithCancelCause(context.Background())
	l.cancel = cancel
	// Ended by Stop and joined by Join, like the goroutines it starts.
	l.running.Go(func() { l.accept(ctx) })
}

// Stop closes the socket and begins to close all connections.
func (l *Listener) Stop() {
	l.cancel(ErrClosed)
	l.socket.Close()
}

// Join returns when every goroutine has ended. It comes after Stop.
func (l *Listener) Join() { l.running.Wait() }

// Endpoint is where it listens. The port is the real one when port 0 left the choice to the kernel.
func (l *Listener) Endpoint() core.Endpoint { return l.endpoint }

func (l *Listener) accept(ctx context.Context) {
	pause := acceptPauseMin
	for {
		conn, err := l.socket.Accept()
		if err != nil {
			if !sleep(ctx, pause) {
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
				l.handle(ctx, conn)
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
	return zmtp.Open(ctx, conn, l.self, &l.config.Config, &l.counters.Traffic)
}
