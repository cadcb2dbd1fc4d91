package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// client is one connection to the bridge.
type client struct {
	crowd  *crowd
	shard  *shard
	conn   net.Conn
	stream stream
	speech speech

	mu      sync.Mutex
	out     []byte // scratch: what is written next
	expires time.Time

	questions questions
}

// speech is the protocol that a client speaks. Its methods are called with the client's lock held.
type speech interface {
	// unit is that of stream.
	unit(chunk []byte, left int) (size int, err error)

	// open says what makes the client ready for the load. The bridge's answers go to hear until it tells ready.
	open(dst []byte) []byte
	ready() bool

	// hear takes one unit. at is when it came.
	hear(c *client, unit []byte, at time.Time) error

	// due appends what has to be said after a read. With all it appends what could wait a while, too.
	due(dst []byte, all bool) []byte

	// ask appends a request.
	ask(dst []byte, id uint64, payload []byte) []byte
}

// silence is how long a bridge may say nothing: it sends a Ping after 15 seconds unless it is configured otherwise.
const silence = time.Minute

// connect makes a client ready for the load.
func (cr *crowd) connect(ctx context.Context, number int) (*client, error) {
	c := &client{crowd: cr, shard: &cr.shards[number%len(cr.shards)], speech: cr.load.speech()}
	conn, rest, err := cr.target.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.conn = conn
	c.stream = stream{buf: make([]byte, max(cr.bufferSize(), len(rest))), unit: c.speech.unit}
	c.stream.to = copy(c.stream.buf, rest)
	c.questions.init(cr.load.Window)
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })
	defer stop()
	if err := c.greet(); err != nil {
		conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return c, nil
}

// greet talks to the bridge until it is ready. The deadline of dial holds on.
func (c *client) greet() error {
	if c.conn.SetDeadline(time.Now().Add(patience)) != nil {
		return net.ErrClosed
	}
	if first := c.speech.open(nil); len(first) > 0 {
		if _, err := c.conn.Write(first); err != nil {
			return err
		}
	}
	if err := c.digest(time.Now()); err != nil {
		return err
	}
	for !c.speech.ready() {
		if err := c.fill(); err != nil {
			return fmt.Errorf("the bridge does not answer as one does: %w", err)
		}
		if err := c.digest(time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// run reads until the connection ends. It is the client's goroutine.
func (c *client) run() error {
	for {
		if err := c.fill(); err != nil {
			return err
		}
		if err := c.digest(time.Now()); err != nil {
			return err
		}
	}
}

// fill waits for what the bridge sends.
func (c *client) fill() error {
	n, err := c.conn.Read(c.stream.room())
	c.stream.to += n
	return err
}

// digest takes in what was read, and says what there is to say then.
func (c *client) digest(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shard.mu.Lock()
	err := c.hearAll(now)
	c.shard.mu.Unlock()
	if err != nil {
		return err
	}
	c.out = c.speech.due(c.out, false)
	c.askMore(now)
	return c.flush(now)
}

func (c *client) hearAll(now time.Time) error {
	for {
		opcode, unit, err := c.stream.next()
		switch {
		case err != nil || opcode == 0:
			return err
		case opcode == opClose:
			return closed(unit)
		case opcode == opPing:
			c.out = appendMessage(c.out, opPong, unit)
		case opcode < opClose:
			if err := c.speech.hear(c, unit, now); err != nil {
				return err
			}
		}
	}
}

// closed is the error for a close message.
func closed(payload []byte) error {
	if len(payload) < 2 {
		return errors.New("the bridge has closed the WebSocket")
	}
	return fmt.Errorf("the bridge has closed the WebSocket with %d %s", int(payload[0])<<8|int(payload[1]), payload[2:])
}

// flush writes what is to be said. The lock is held. The deadline is moved now and then: that costs.
func (c *client) flush(now time.Time) error {
	if now.After(c.expires) {
		c.expires = now.Add(5 * time.Second)
		if err := c.conn.SetDeadline(now.Add(silence)); err != nil {
			return err
		}
	}
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err
}

// tick says what could wait a while. It is called by the ticker.
func (c *client) tick(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = c.speech.due(c.out, true)
	if c.flush(now) != nil {
		c.conn.Close() // the reader says why
	}
}
