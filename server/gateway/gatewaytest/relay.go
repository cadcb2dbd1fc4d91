package gatewaytest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Relay is the network between a gateway and its peer: TCP connections made to it go on to a target, until a test has
// them do something worse.
type Relay struct {
	t       testing.TB
	target  core.Endpoint
	inward  bool // the gateway is the target; otherwise it is who connects
	running sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	listener net.Listener
	Endpoint core.Endpoint
	instead  func(Peer) // what happens to connections instead of going on; nil: they go on
	cables   []*Cable
}

func (r *Relay) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.connect(conn) })
	}
}

func (r *Relay) connect(conn net.Conn) {
	defer conn.Close()
	r.mu.Lock()
	instead := r.instead
	r.mu.Unlock()
	if instead != nil {
		instead(newFake(r.t, conn))
		return
	}
	onward, err := net.Dial("tcp", r.target.HostPort())
	if err != nil {
		return
	}
	defer onward.Close()
	c := &Cable{gateway: conn, peer: onward, Left: make(chan struct{})}
	if r.inward {
		c.gateway, c.peer = onward, conn
	}
	if r.lay(c) {
		c.carry()
	}
}

// Cut ends every connection with a FIN towards the gateway, after a few last words.
func (r *Relay) Cut(lastWords []byte) []*Cable {
	cables := r.Freeze()
	for _, c := range cables {
		c.gateway.Write(lastWords)
		c.gateway.(*net.TCPConn).CloseWrite()
		c.peer.Close()
	}
	return cables
}

// Divert has connections end in f from now on, and with nil go on again. Those that ended in another are closed.
func (r *Relay) Divert(f func(Peer)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instead = f
}

// Drop ends every connection.
func (r *Relay) Drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cables {
		c.gateway.Close()
		c.peer.Close()
	}
}

// Freeze leaves every connection half-open: each end takes the other for alive. It returns those connections.
func (r *Relay) Freeze() []*Cable {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cables {
		c.dead.Store(true)
	}
	return r.cables
}

// lay notes a connection, so that it is closed with the relay.
func (r *Relay) lay(c *Cable) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.cables = append(r.cables, c)
	return true
}

// Listen opens the port again that Refuse has closed.
func (r *Relay) Listen() {
	r.t.Helper()
	l, err := net.Listen("tcp", r.Endpoint.HostPort())
	if err != nil {
		r.t.Fatal(err)
	}
	r.listener = l
	r.running.Go(func() { r.accept(l) })
}

// Refuse closes the port: new connections are refused. Those that were made go on.
func (r *Relay) Refuse() { r.listener.Close() }

// Cable is one connection through a relay.
type Cable struct {
	gateway, peer net.Conn
	dead          atomic.Bool   // nothing passes any more, in neither direction; nor does the end of either
	Left          chan struct{} // closed when the gateway has closed its end
}

// carry returns when both ends have been closed, or either when the connection is alive.
func (c *Cable) carry() {
	var inward sync.WaitGroup
	inward.Go(func() { c.copy(c.gateway, c.peer) })
	c.copy(c.peer, c.gateway)
	close(c.Left)
	inward.Wait()
}

func (c *Cable) copy(to, from net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if c.dead.Load() {
			io.Copy(io.Discard, from)
			return
		}
		if n > 0 {
			to.Write(buf[:n])
		}
		if err != nil {
			to.Close()
			return
		}
	}
}

// NewRelay makes a relay in front of a target. inward says that the gateway is the target, otherwise it is who connects.
func NewRelay(t testing.TB, target core.Endpoint, inward bool) *Relay {
	t.Helper()
	r := &Relay{t: t, target: target, inward: inward, listener: ListenLocal(t)}
	r.Endpoint = EndpointOf(r.listener.Addr())
	r.running.Go(func() { r.accept(r.listener) })
	t.Cleanup(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		r.Refuse()
		r.Drop()
		r.running.Wait()
	})
	return r
}
