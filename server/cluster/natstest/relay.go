package natstest

import (
	"net"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

// Relay stands between two that talk over TCP, and parts them when it is told to.
type Relay struct {
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	ended  bool
	cut    bool
	stall  chan struct{} // closed when bytes pass; made anew while they do not
	passes map[net.Conn]bool
}

// NewRelay is a Relay to an address. It ends with the test.
func NewRelay(t testing.TB, target string) *Relay {
	t.Helper()
	l, err := net.Listen("tcp", unused.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{target: target, listener: l, stall: make(chan struct{}), passes: map[net.Conn]bool{}}
	close(r.stall)
	r.running.Go(r.accept) // ends with the listener
	t.Cleanup(r.end)
	return r
}

// Address is where it listens.
func (r *Relay) Address() string { return r.listener.Addr().String() }

// Cut ends all connections, and each new one at once.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for c := range r.passes {
		c.Close()
	}
}

// Stall has nothing pass any more in either direction, as when a cable was pulled. Connections stay, and new ones are taken.
func (r *Relay) Stall() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stall = make(chan struct{})
}

// Heal is after Cut, and after Stall: what was held back passes.
func (r *Relay) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
	select {
	case <-r.stall:
	default:
		close(r.stall)
	}
}

func (r *Relay) end() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.listener.Close()
	r.Cut()
	r.Heal()
	r.Cut()
	r.running.Wait()
}

func (r *Relay) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.connect(c) }) // ends with the connection
	}
}

func (r *Relay) connect(near net.Conn) {
	defer near.Close()
	if !r.add(near) {
		return
	}
	defer r.remove(near)
	<-r.passing()
	far, err := net.Dial("tcp", r.target)
	if err != nil {
		return
	}
	defer far.Close()
	if !r.add(far) {
		return
	}
	defer r.remove(far)
	var both sync.WaitGroup
	both.Go(func() { r.pass(near, far) })
	r.pass(far, near)
	both.Wait()
}

// pass passes on what one says to the other, until one of them ends.
func (r *Relay) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		<-r.passing()
		if _, failed := to.Write(b[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (r *Relay) passing() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stall
}

func (r *Relay) add(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.cut && !r.ended {
		r.passes[c] = true
	}
	return r.passes[c]
}

func (r *Relay) remove(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.passes, c)
}
