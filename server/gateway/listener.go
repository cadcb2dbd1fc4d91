package gateway

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// listener accepts peers at one endpoint. A peer that is slow, silent or hostile during its handshake delays nobody
// else, and no more than Config.MaxPeers are connected at a time.
type listener struct {
	env      *environment
	endpoint core.Endpoint
	typ      zmq4.SocketType
	limits   Limits
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
	ctx, cancel := context.WithTimeout(context.Background(), e.config.DialTimeout)
	defer cancel()
	socket, err := bind(ctx, endpoint)
	if err != nil {
		return nil, bindError(endpoint, err)
	}
	if tcp, ok := socket.Addr().(*net.TCPAddr); ok {
		endpoint.Port = uint16(tcp.Port) // differs when port 0 left the choice to the kernel
	}
	return &listener{
		env: e, endpoint: endpoint, typ: typ, limits: limits, socket: socket,
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
			conn.Close()
			l.env.counters.drop(DropTooMany)
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
	return open(ctx, conn, l.typ, l.limits, l.env)
}

func bind(ctx context.Context, endpoint core.Endpoint) (net.Listener, error) {
	var c net.ListenConfig
	if endpoint.Transport == "ipc" {
		return bindPath(ctx, endpoint.Path)
	}
	return c.Listen(ctx, network(endpoint.Host), endpoint.HostPort())
}

// network keeps 0.0.0.0 to IPv4, as in libzmq; Go alone would listen on IPv6 too.
func network(host string) string {
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return "tcp"
	case addr.Is4():
		return "tcp4"
	}
	return "tcp6"
}

// bindPath removes a socket file nobody listens behind any more, such as a crash leaves; libzmq removes any.
func bindPath(ctx context.Context, path string) (net.Listener, error) {
	var c net.ListenConfig
	socket, err := c.Listen(ctx, "unix", path)
	if err == nil || path[0] == '@' || !errors.Is(err, syscall.EADDRINUSE) {
		return socket, err
	}
	info, statErr := os.Lstat(path)
	if statErr != nil || info.Mode().Type() != fs.ModeSocket {
		return nil, err
	}
	conn, dialErr := new(net.Dialer).DialContext(ctx, "unix", path)
	if dialErr == nil {
		conn.Close()
	}
	if !errors.Is(dialErr, syscall.ECONNREFUSED) || os.Remove(path) != nil {
		return nil, err
	}
	return c.Listen(ctx, "unix", path)
}

func bindError(endpoint core.Endpoint, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return core.NewError(core.Conflict, endpoint.String()+": the address is in use")
	}
	return core.NewError(core.Unavailable, endpoint.String()+": cannot listen: "+describe(err))
}
