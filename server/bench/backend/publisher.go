package backend

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Publisher is a PUB that sends everything to every subscriber, and waits where one does not read: nothing is lost here.
type Publisher struct {
	*listener
	pending []byte

	mu          sync.Mutex
	subscribers map[*subscriber]bool
	arrived     chan struct{} // closed when the first subscription has come
	once        sync.Once
}

// subscriber is one connection. Its lock keeps what is published and the answers to PINGs apart; it is held while the
// network is waited for, which is what a benchmark wants of its publisher.
type subscriber struct {
	mu   sync.Mutex
	conn net.Conn
}

// NewPublisher listens at host:port.
func NewPublisher(address string) (*Publisher, error) {
	p := &Publisher{subscribers: map[*subscriber]bool{}, arrived: make(chan struct{})}
	l, err := listen(address, p.serve)
	if err != nil {
		return nil, err
	}
	p.listener = l
	return p, nil
}

func (p *Publisher) serve(conn net.Conn) {
	if greet(conn, "PUB") != nil {
		return
	}
	s := &subscriber{conn: conn}
	defer p.leave(s)
	var out []byte
	hear := func(_ []byte, flags byte, body []byte) {
		const subscribe = "\x09SUBSCRIBE"
		switch isCommand := flags&flagCommand != 0; {
		case isCommand && len(body) >= len(subscribe) && string(body[:len(subscribe)]) == subscribe, !isCommand && len(body) > 0 && body[0] == 1:
			p.enter(s)
		case isCommand:
			out = appendPong(out, body)
		}
	}
	readFrames(conn, hear, func() error { // its end is the peer's, or Close
		err := s.write(out)
		out = out[:0]
		return err
	})
}

// enter has what is published sent to s, too, whatever it has subscribed to: the topics of a benchmark are its own.
func (p *Publisher) enter(s *subscriber) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribers[s] = true
	p.once.Do(func() { close(p.arrived) })
}

func (p *Publisher) leave(s *subscriber) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subscribers, s)
}

// Await waits until somebody has subscribed. Any goroutine may call it.
func (p *Publisher) Await(ctx context.Context) error {
	select {
	case <-p.arrived:
		return nil
	case <-ctx.Done():
		return errors.New("nobody has subscribed to the publisher at " + p.Endpoint())
	}
}

// Append adds a message to those that Flush sends. Nothing is kept of it.
func (p *Publisher) Append(message []byte) { p.pending = appendFrame(p.pending, message) }

// Flush sends what was appended.
func (p *Publisher) Flush() error {
	defer func() { p.pending = p.pending[:0] }()
	p.mu.Lock()
	subscribers := make([]*subscriber, 0, len(p.subscribers))
	for s := range p.subscribers {
		subscribers = append(subscribers, s)
	}
	p.mu.Unlock()
	if len(subscribers) == 0 {
		return errors.New("the bridge has left the publisher at " + p.Endpoint())
	}
	for _, s := range subscribers {
		if err := s.write(p.pending); err != nil {
			return err
		}
	}
	return nil
}

func (s *subscriber) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err := s.conn.Write(b)
	return err
}
