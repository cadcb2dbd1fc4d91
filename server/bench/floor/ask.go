package main

import (
	"encoding/binary"
	"net"
	"sync"
)

// asker is a connection that asks.
type asker struct {
	conn net.Conn
	out  []byte // of the goroutine that reads replies
}

// switchboard joins all connections to one DEALER: [number of the connection][""][payload].
type switchboard struct {
	mu     sync.Mutex
	askers map[uint32]*asker
	last   uint32

	outMu sync.Mutex
	out   []byte
	wake  chan struct{}
}

// ask has a goroutine for each connection, which reads requests, one that writes them to the backend, and one that reads replies
// and writes those that came together for one connection.
func ask(listener net.Listener, backend string) error {
	conn, err := dialZMTP(backend, "DEALER")
	if err != nil {
		return err
	}
	s := &switchboard{askers: map[uint32]*asker{}, wake: make(chan struct{}, 1)}
	go s.write(conn)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s.read(conn)
}

func (s *switchboard) write(conn net.Conn) {
	var out []byte
	for range s.wake {
		s.outMu.Lock()
		out, s.out = s.out, out[:0]
		s.outMu.Unlock()
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

func (s *switchboard) read(conn net.Conn) error {
	buf, have := make([]byte, 256<<10), 0
	var touched []*asker
	for {
		n, err := conn.Read(buf[have:])
		if err != nil {
			return err
		}
		rest := buf[:have+n]
		for {
			number, body, size := splitReply(rest)
			if size == 0 {
				break
			}
			rest = rest[size:]
			if a := s.asker(number); a != nil {
				if len(a.out) == 0 {
					touched = append(touched, a)
				}
				a.out = appendMessage(a.out, body)
			}
		}
		for _, a := range touched {
			a.conn.Write(a.out) // an error is its reader's to notice
			a.out = a.out[:0]
		}
		touched = touched[:0]
		have = copy(buf, rest)
	}
}

// splitReply takes the three frames of a reply off b. size 0: they are not complete.
func splitReply(b []byte) (number uint32, body []byte, size int) {
	id, n := splitFrame(b)
	if n == 0 {
		return 0, nil, 0
	}
	size = n
	for range 2 {
		if body, n = splitFrame(b[size:]); n == 0 {
			return 0, nil, 0
		}
		size += n
	}
	return binary.BigEndian.Uint32(id), body, size
}

func (s *switchboard) asker(number uint32) *asker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.askers[number]
}

func (s *switchboard) enter(a *asker) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.askers[s.last] = a
	return s.last
}

func (s *switchboard) leave(number uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.askers, number)
}

// serve reads what one connection asks.
func (s *switchboard) serve(conn net.Conn) {
	defer conn.Close()
	rest, err := upgrade(conn)
	if err != nil {
		return
	}
	number := s.enter(&asker{conn: conn})
	defer s.leave(number)
	id := binary.BigEndian.AppendUint32(nil, number)
	buf := make([]byte, 4096)
	have := copy(buf, rest)
	for {
		rest := buf[:have]
		for {
			payload, size := splitMessage(rest)
			if size == 0 {
				break
			}
			rest = rest[size:]
			s.queue(id, payload)
		}
		if len(rest) < have {
			select {
			case s.wake <- struct{}{}:
			default:
			}
		}
		have = copy(buf, rest)
		n, err := conn.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
	}
}

func (s *switchboard) queue(id, payload []byte) {
	s.outMu.Lock()
	defer s.outMu.Unlock()
	const more = 1
	s.out = appendFrame(s.out, more, id)
	s.out = appendFrame(s.out, more, nil)
	s.out = appendFrame(s.out, 0, payload)
}
