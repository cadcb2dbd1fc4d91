package main

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
)

// listeners are the queues of all connections. Whoever adds one makes a new list, so that who sends needs no lock.
type listeners struct {
	mu  sync.Mutex
	all atomic.Pointer[[]chan []byte]
}

func (l *listeners) add(queue chan []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := append(slices.Clone(*l.all.Load()), queue)
	l.all.Store(&all)
}

// fan encodes every message once, and puts it into the queue of every connection.
func fan(listener net.Listener, publisher string) error {
	var l listeners
	l.all.Store(new([]chan []byte))
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.serve(conn)
		}
	}()
	conn, err := dialZMTP(publisher, "SUB")
	if err != nil {
		return err
	}
	buf, have := make([]byte, 1<<20), 0
	for {
		n, err := conn.Read(buf[have:])
		if err != nil {
			return err
		}
		rest := buf[:have+n]
		for {
			body, size := splitFrame(rest)
			if size == 0 {
				break
			}
			l.send(appendMessage(nil, body))
			rest = rest[size:]
		}
		have = copy(buf, rest)
	}
}

func (l *listeners) send(message []byte) {
	for _, queue := range *l.all.Load() {
		select {
		case queue <- message:
		default: // full: it is lost
		}
	}
}

// serve writes what has gathered in the queue of a connection.
func (l *listeners) serve(conn net.Conn) {
	defer conn.Close()
	queue := make(chan []byte, 256)
	l.add(queue)
	if _, err := upgrade(conn); err != nil {
		return
	}
	go func() {
		defer conn.Close()
		for b := make([]byte, 512); ; {
			if _, err := conn.Read(b); err != nil {
				return
			}
		}
	}()
	var out []byte
	for message := range queue {
		out = append(out[:0], message...)
		for len(out) < 64<<10 && len(queue) > 0 {
			out = append(out, <-queue...)
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}
