package gateway

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// relay is the network between a gateway and its peer: TCP connections made to it go on to a target, until a test has
// them do something worse.
type relay struct {
	t       testing.TB
	target  core.Endpoint
	inward  bool // the gateway is the target; otherwise it is who connects
	running sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	listener net.Listener
	endpoint core.Endpoint
	instead  func(fakePeer) // what happens to connections instead of going on; nil: they go on
	cables   []*cable
}

// cable is one connection through a relay.
type cable struct {
	gateway, peer net.Conn
	dead          atomic.Bool   // nothing passes any more, in neither direction; nor does the end of either
	left          chan struct{} // closed when the gateway has closed its end
}

func newRelay(t testing.TB, target core.Endpoint, inward bool) *relay {
	t.Helper()
	r := &relay{t: t, target: target, inward: inward, listener: listenLocal(t)}
	r.endpoint = endpointOf(r.listener.Addr())
	r.running.Go(func() { r.accept(r.listener) })
	t.Cleanup(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		r.refuse()
		r.drop()
		r.running.Wait()
	})
	return r
}

func (r *relay) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.connect(conn) })
	}
}

func (r *relay) connect(conn net.Conn) {
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
	c := &cable{gateway: conn, peer: onward, left: make(chan struct{})}
	if r.inward {
		c.gateway, c.peer = onward, conn
	}
	if r.lay(c) {
		c.carry()
	}
}

// lay notes a connection, so that it is closed with the relay.
func (r *relay) lay(c *cable) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.cables = append(r.cables, c)
	return true
}

// carry returns when both ends have been closed, or either when the connection is alive.
func (c *cable) carry() {
	var inward sync.WaitGroup
	inward.Go(func() { c.copy(c.gateway, c.peer) })
	c.copy(c.peer, c.gateway)
	close(c.left)
	inward.Wait()
}

func (c *cable) copy(to, from net.Conn) {
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

// freeze leaves every connection half-open: each end takes the other for alive. It returns those connections.
func (r *relay) freeze() []*cable {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cables {
		c.dead.Store(true)
	}
	return r.cables
}

// cut ends every connection with a FIN towards the gateway, after a few last words.
func (r *relay) cut(lastWords []byte) []*cable {
	cables := r.freeze()
	for _, c := range cables {
		c.gateway.Write(lastWords)
		c.gateway.(*net.TCPConn).CloseWrite()
		c.peer.Close()
	}
	return cables
}

// drop ends every connection.
func (r *relay) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cables {
		c.gateway.Close()
		c.peer.Close()
	}
}

// divert has connections end in f from now on, and with nil go on again. Those that ended in another are closed.
func (r *relay) divert(f func(fakePeer)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instead = f
}

// refuse closes the port, listen opens it again.
func (r *relay) refuse() { r.listener.Close() }

func (r *relay) listen() {
	r.t.Helper()
	l, err := net.Listen("tcp", r.endpoint.HostPort())
	if err != nil {
		r.t.Fatal(err)
	}
	r.listener = l
	r.running.Go(func() { r.accept(l) })
}
