package zmq

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const (
	writeTimeout = 20 * time.Second // of one WebSocket message
	lastWords    = time.Second      // what the bridge gets to say why it ended a connection that cannot be written to
	sendRoom     = 1 << 20          // bytes queued for the connection that make a sender wait
)

// run connects, and connects again, until Close or until there is no use in it. Started by NewContext, joined by Close.
func (c *Context) run() {
	defer close(c.done)
	pause := backoff{least: c.opts.BackoffMin, most: c.opts.BackoffMax}
	for c.closing.Err() == nil {
		err := c.connect()
		if c.closing.Err() != nil {
			break
		}
		if final(err) {
			c.end(err)
			return
		}
		if welcomed := c.disconnected(err); welcomed {
			pause.reset()
		}
		select {
		case <-time.After(max(pause.next(), c.banned())):
		case <-c.closing.Done():
		}
	}
	c.end(core.NewError(core.Closed, "the context was closed"))
}

// connect makes one connection and serves it. It returns why there was none, or why it ended.
func (c *Context) connect() error {
	ctx, cancel := context.WithTimeout(c.closing, c.opts.DialTimeout)
	conn, err := c.opts.Dial(ctx, c.url)
	cancel()
	if err != nil {
		return err
	}
	return c.serve(conn)
}

// serve runs one connection: it reads, beside a writer that it starts and joins, and returns why the connection ended.
func (c *Context) serve(conn Conn) error {
	ctx, hangUp := context.WithCancelCause(c.life)
	c.connected(hangUp)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write(ctx, conn, hangUp)
	}()
	hangUp(c.read(ctx, conn))
	conn.Drop()
	<-written
	return context.Cause(ctx)
}

// read feeds the engine until the connection ends. Where it is the engine that ends it, the bridge is told why.
func (c *Context) read(ctx context.Context, conn Conn) error {
	for {
		batch, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if err := c.feed(batch); err != nil {
			var own *core.CloseError
			if errors.As(err, &own) {
				conn.Close(own.Close, own.Reason)
			}
			return err
		}
	}
}

func (c *Context) feed(batch []byte) error {
	c.mu.Lock()
	defer c.unlock()
	return c.engine.Feed(batch, c.now())
}

// write writes what the engine has queued, all of it at once, until the connection or the Context ends.
func (c *Context) write(ctx context.Context, conn Conn, hangUp func(error)) {
	var batch []byte // reused, except a large one
	for closing := false; ; {
		if cap(batch) > 1<<20 {
			batch = nil
		}
		batch = c.take(batch[:0])
		if len(batch) > 0 {
			if err := c.writeBatch(ctx, conn, batch); err != nil {
				// The bridge may have ended the connection, and its reason be on the way.
				select {
				case <-ctx.Done():
				case <-time.After(lastWords):
					hangUp(err)
				}
				return
			}
			continue
		}
		if closing {
			conn.Close(core.CloseNormal, "")
			return
		}
		select {
		case <-c.wake:
		case <-c.leaving.signal:
			conn.Close(core.CloseGoingAway, "asked to leave")
			return
		case <-c.closing.Done():
			closing = true // once everything is written
		case <-ctx.Done():
			return
		}
	}
}

func (c *Context) writeBatch(ctx context.Context, conn Conn, batch []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return conn.Write(ctx, batch)
}

func (c *Context) take(dst []byte) []byte {
	c.mu.Lock()
	defer c.unlock()
	dst = c.engine.Take(dst, c.now())
	if c.engine.Queued() < sendRoom {
		c.room.fire()
	}
	return dst
}

// connected begins on a new connection.
func (c *Context) connected(hangUp func(error)) {
	c.mu.Lock()
	defer c.unlock()
	c.hangUp = hangUp
	c.engine.Start(c.now())
}

// disconnected waits for the next connection, which may go on as if nothing had happened. It tells whether this one was open.
func (c *Context) disconnected(why error) (welcomed bool) {
	c.mu.Lock()
	defer c.unlock()
	c.engine.Stop(why)
	c.hangUp = nil
	c.room.fire()
	c.stay()
	state := c.status.State
	if state == Connecting {
		c.setStatus(Connecting, why)
		return false
	}
	c.setStatus(Reconnecting, why)
	return state != Reconnecting
}

// banned is how long the bridge does not want to be tried again, and somewhat more: not everybody comes at once.
func (c *Context) banned() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := max(0, c.notBefore-c.now())
	return left + rand.N(left/4+1)
}

// final tells whether connecting again would end the same way.
func final(err error) bool {
	var closed *core.CloseError
	if errors.As(err, &closed) {
		return !closed.Close.Retry()
	}
	switch core.CodeOf(err) {
	case core.Invalid, core.Unauthenticated, core.Denied, core.Unsupported:
		return true
	}
	return false
}

// coded finds the coded error in err, or makes it one.
func coded(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return core.NewError(core.Internal, err.Error())
}

// backoff is the pause before another attempt: doubled from one to the next, and spread so that the clients of a bridge
// that was restarted do not come back all at once.
type backoff struct{ least, most, current time.Duration }

func (b *backoff) reset() { b.current = 0 }

func (b *backoff) next() time.Duration {
	b.current = min(max(2*b.current, b.least), b.most)
	return b.current/2 + rand.N(b.current/2+1)
}
