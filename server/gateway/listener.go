package gateway

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// listener accepts peers at one endpoint. A peer that is slow, silent or hostile during its handshake delays nobody
// else, and no more than Config.MaxPeers are connected at a time.
type listener struct {
	env      *environment
	endpoint core.Endpoint
	self     self
	socket   net.Listener
	serve    func(ctx context.Context, p *peer) error // called in a goroutine for every peer; calls peer.run

	places  chan struct{} // holds a token for every connection
	running sync.WaitGroup
	cancel  context.CancelCauseFunc
}

// Pauses after an Accept that failed, for example for want of file descriptors.
const (
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// listen binds. Nothing is accepted before start.
func listen(e *environment, endpoint core.Endpoint, typ zmq4.SocketType, limits Limits) (*listener, error) {
	socket, err := bind(endpoint, e.config.DialTimeout)
	if err != nil {
		return nil, err
	}
	if tcp, ok := socket.Addr().(*net.TCPAddr); ok {
		endpoint.Port = uint16(tcp.Port) // differs when port 0 left the choice to the kernel
	}
	return &listener{
		env: e, endpoint: endpoint, self: self{typ: typ, limits: limits}, socket: socket,
		places: make(chan struct{}, e.config.MaxPeers),
	}, nil
}

// start begins to accept.
func (l *listener) start(serve func(ctx context.Context, p *peer) error) {
	l.serve = serve
	ctx, cancel := context.WithCancelCause(context.Background())
	l.cancel = cancel
	// Ended by stop and joined by join, like the goroutines it starts.
	l.running.Go(func() { l.accept(ctx) })
}

// stop closes the socket and begins to close all connections.
func (l *listener) stop() {
	l.cancel(errClosed)
	l.socket.Close()
}

// join returns when every goroutine has ended. It comes after stop.
func (l *listener) join() { l.running.Wait() }

func (l *listener) accept(ctx context.Context) {
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
		l.env.counters.accepts.Add(1)
		select {
		case l.places <- struct{}{}:
			l.running.Go(func() {
				defer func() { <-l.places }()
				l.handle(ctx, conn)
			})
		default:
			l.env.counters.drop(DropTooMany)
			conn.Close()
		}
	}
}

func (l *listener) handle(ctx context.Context, conn net.Conn) {
	err := l.converse(ctx, conn)
	if ctx.Err() == nil && isProtocol(err) {
		l.env.counters.violations.Add(1)
	}
}

func (l *listener) converse(ctx context.Context, conn net.Conn) error {
	p, err := l.welcome(ctx, conn)
	if err != nil {
		return err
	}
	l.env.counters.peersUp.Add(1)
	defer l.env.counters.peersUp.Add(-1)
	p.out = newOutbox(l.env.config)
	defer p.out.close()
	return l.serve(ctx, p)
}

func (l *listener) welcome(ctx context.Context, conn net.Conn) (*peer, error) {
	ctx, cancel := context.WithTimeout(ctx, l.env.config.DialTimeout)
	defer cancel()
	return open(ctx, conn, l.self, l.env)
}
