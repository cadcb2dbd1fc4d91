//go:build !js

package zmq_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// road is what lies between a client and the bridges: a TCP proxy that can be led elsewhere, and cut.
type road struct {
	listener net.Listener

	mu      sync.Mutex
	target  string // where the next connection goes
	carried int    // connections, so far
	links   map[*roadLink]struct{}
	closed  bool
	running sync.WaitGroup
}

// roadLink is one connection.
type roadLink struct {
	client, bridge *net.TCPConn
	silent         atomic.Bool // what ends on one side is not carried on to the other
}

func newRoad(t *testing.T) *road {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r := &road{listener: l, links: map[*roadLink]struct{}{}}
	r.running.Go(r.accept) // joined by close
	t.Cleanup(r.close)
	return r
}

func (r *road) url() string { return "ws://" + r.listener.Addr().String() + "/data" }

func (r *road) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.carry(conn.(*net.TCPConn)) })
	}
}

func (r *road) carry(client *net.TCPConn) {
	r.mu.Lock()
	target := r.target
	r.mu.Unlock()
	bridge, err := net.Dial("tcp", target)
	if err != nil {
		client.Close()
		return
	}
	l := &roadLink{client: client, bridge: bridge.(*net.TCPConn)}
	r.mu.Lock()
	r.links[l] = struct{}{}
	r.carried++
	if r.closed {
		l.cut()
	}
	r.mu.Unlock()
	var ways sync.WaitGroup
	ways.Go(func() { l.pump(l.bridge, l.client) })
	ways.Go(func() { l.pump(l.client, l.bridge) })
	ways.Wait()
	r.mu.Lock()
	delete(r.links, l)
	r.mu.Unlock()
	l.client.Close()
	l.bridge.Close()
}

func (l *roadLink) pump(to, from *net.TCPConn) {
	io.Copy(to, from)
	if !l.silent.Load() {
		to.CloseWrite()
	}
}

// nowhere is where the road can lead meanwhile: who connects is turned away.
const nowhere = ""

// lead sends the connections that come to another bridge; those there are stay.
func (r *road) lead(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
}

// count is how many connections there have been.
func (r *road) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.carried
}

// cut ends all connections with RST, both ways.
func (r *road) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for l := range r.links {
		l.cut()
	}
}

// abandon ends all connections with RST, but the bridges hear nothing of it.
func (r *road) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for l := range r.links {
		l.silent.Store(true)
		reset(l.client)
	}
}

func (l *roadLink) cut() {
	reset(l.client)
	reset(l.bridge)
}

func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

func (r *road) close() {
	r.listener.Close()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cut()
	r.running.Wait()
}
