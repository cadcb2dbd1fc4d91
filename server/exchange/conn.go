package exchange

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Conn is a zwb.v1 connection within the process. The bridge's end is a session.Conn; the other one belongs to an exchange.
//
// Each direction has room for one batch. So an exchange whose reader is slow makes the session wait, as a WebSocket does that
// is not read, and what waits is on the session's account.
type Conn struct {
	up   chan []byte // to the bridge; capacity 1
	down chan []byte // to the client; capacity 1

	left  chan struct{} // closed by the client, which has gone
	ended chan struct{} // closed by the bridge
	done  chan struct{} // holds a token when the client is done with a large batch; capacity 1
	rest  []byte        // of whoever writes: what the client has not taken yet

	mu    sync.Mutex
	cause *core.CloseError // why the bridge has ended it
	held  func(bytes int) error
}

// small is how many bytes may lie between the two ends without anybody accounting for them.
const small = 64 << 10

func newConn() *Conn {
	return &Conn{up: make(chan []byte, 1), down: make(chan []byte, 1), left: make(chan struct{}), ended: make(chan struct{}),
		done: make(chan struct{}, 1)}
}

// Read is part of session.Conn.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	select {
	case batch := <-c.up:
		return batch, nil
	case <-c.ended:
		return nil, errGone
	case <-ctx.Done():
		return nil, errGone
	case <-c.left:
	}
	select {
	case batch := <-c.up: // it was said before
		return batch, nil
	default:
		return nil, core.NewCloseError(core.CloseNormal, "")
	}
}

var errGone = core.NewError(core.Lost, "the connection has ended")

// TryWrite is part of session.Writer. It is called under the session's lock, and waits for nobody.
func (c *Conn) TryWrite(pieces [][]byte) (sent bool, err error) {
	c.rest = bytes.Join(pieces, nil)
	if len(c.rest) > small {
		return false, nil
	}
	select {
	case c.down <- c.rest:
		c.rest = nil
		return true, nil
	default:
		return false, nil
	}
}

// Finish is part of session.Writer: it waits until the client has taken the rest, and is done with it if it is large.
func (c *Conn) Finish(within time.Duration) error {
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case c.down <- c.rest:
	case <-late.C:
		return errNotRead
	case <-c.left:
		return core.NewCloseError(core.CloseNormal, "")
	case <-c.ended:
		return errGone
	}
	if len(c.rest) <= small {
		c.rest = nil
		return nil
	}
	c.rest = nil
	select {
	case <-c.done:
		return nil
	case <-late.C:
		return errNotRead
	case <-c.left:
		return core.NewCloseError(core.CloseNormal, "")
	case <-c.ended:
		return errGone
	}
}

var errNotRead = core.NewCloseError(core.CloseOverloaded, "the client does not read")

// Write is part of session.Conn, for who does not know TryWrite.
func (c *Conn) Write(ctx context.Context, batch []byte) error {
	within := time.Minute
	if at, ok := ctx.Deadline(); ok {
		within = time.Until(at)
	}
	c.rest = bytes.Clone(batch)
	return c.Finish(within)
}

// Close is part of session.Conn. The first reason counts.
func (c *Conn) Close(code core.CloseCode, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.cause = core.NewCloseError(code, reason)
		close(c.ended)
	}
	return nil
}

// EndAtOnce is part of what a session asks of a connection: Close does not wait either.
func (c *Conn) EndAtOnce(code core.CloseCode, reason string) error { return c.Close(code, reason) }

// Paid is part of what a session asks of a connection: how often requests come, and how much, is counted when they come. So an exchange is not
// made to wait for what it sends, which it could only do after its answer.
func (c *Conn) Paid() bool { return true }

// Drop is part of session.Conn.
func (c *Conn) Drop() error { return c.Close(core.CloseGoingAway, "the connection was dropped") }

// why is why the bridge has ended it.
func (c *Conn) why() *core.CloseError {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// Bound is part of session.Conn. What an exchange says at a time is bounded by what it reads of its request, for which it asks hold.
func (c *Conn) Bound(_ int, _ time.Duration, held func(bytes int) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// hold tells the session what the exchange is about to hold of its request. An error says that there is no room for it.
func (c *Conn) hold(bytes int) error {
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	if held == nil {
		return nil // nobody has read from it yet
	}
	return held(bytes)
}
