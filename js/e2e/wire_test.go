package e2e

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wire is the connection between a page and its bridge. Tests can cut it, silence it, and lead it to another bridge.
type wire struct {
	listener net.Listener

	mu     sync.Mutex
	target string
	conns  map[net.Conn]struct{}
	silent map[net.Conn]struct{} // nothing that is written to these arrives
	ended  bool
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, target: target, conns: map[net.Conn]struct{}{}, silent: map[net.Conn]struct{}{}}
	var running sync.WaitGroup
	running.Go(func() { w.accept(&running) })
	t.Cleanup(func() {
		listener.Close()
		w.mu.Lock()
		w.ended = true
		w.mu.Unlock()
		w.cut()
		running.Wait()
	})
	return w
}

func (w *wire) data() string { return "ws://" + w.listener.Addr().String() + "/data" }

func (w *wire) accept(running *sync.WaitGroup) {
	for {
		page, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		target := w.target
		w.mu.Unlock()
		bridge, err := net.Dial("tcp", target)
		if err != nil {
			page.Close()
			continue
		}
		if !w.join(page, bridge) {
			return
		}
		running.Go(func() { w.carry(page, bridge) })
		running.Go(func() { w.carry(bridge, page) })
	}
}

func (w *wire) join(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		if w.ended {
			c.Close()
		}
		w.conns[c] = struct{}{}
	}
	return !w.ended
}

func (w *wire) carry(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	io.Copy(end{w, to}, from)
}

// end is one end of a connection. What is written to it arrives, unless the connection was silenced.
type end struct {
	wire *wire
	conn net.Conn
}

func (e end) Write(b []byte) (int, error) {
	e.wire.mu.Lock()
	_, silent := e.wire.silent[e.conn]
	e.wire.mu.Unlock()
	if silent {
		return len(b), nil
	}
	return e.conn.Write(b)
}

// silence lets every connection die without a sign, as a change of network does. Connections that begin later are not
// concerned.
func (w *wire) silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		w.silent[c] = struct{}{}
	}
}

// cut ends every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		c.Close()
		delete(w.conns, c)
	}
}

// plug leads new connections to another bridge. Connections that exist stay where they are.
func (w *wire) plug(target string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.target = target
}
