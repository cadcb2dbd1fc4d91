package backend

import (
	"net"
	"sync"
)

// listener accepts connections and serves each on a goroutine of its own.
type listener struct {
	socket  net.Listener
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]bool
}

func listen(address string, serve func(net.Conn)) (*listener, error) {
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	l := &listener{socket: socket, conns: map[net.Conn]bool{}}
	l.running.Go(func() { // ends with the socket
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			if l.enter(conn) {
				l.running.Go(func() {
					defer l.leave(conn)
					serve(conn)
				})
			}
		}
	})
	return l, nil
}

// enter remembers a connection, for Close.
func (l *listener) enter(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return false
	}
	l.conns[conn] = true
	return true
}

func (l *listener) leave(conn net.Conn) {
	conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, conn)
}

// Endpoint is the ZeroMQ address.
func (l *listener) Endpoint() string { return "tcp://" + l.socket.Addr().String() }

// Close ends everything and waits until it has ended.
func (l *listener) Close() {
	l.mu.Lock()
	l.closed = true
	l.socket.Close()
	for conn := range l.conns {
		conn.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}
