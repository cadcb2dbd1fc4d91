package zmq

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const (
	writeTimeout = 20 * time.Second // of one WebSocket message
	lastWords    = time.Second      // after a failed write, how long to wait for the close frame that says why the bridge ended the connection
	sendRoom     = 1 << 20          // a sender waits while this many bytes are queued for the connection
)

// run connects, and connects again, until Close is called or until there is no use in trying. NewContext starts it in a
// goroutine of its own, and Close waits for it.
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
		welcomed, again := c.disconnected(err)
		if !again {
			c.end(err)
			return
		}
		if welcomed {
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
	if err := c.present(c.closing); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.closing, c.opts.DialTimeout)
	conn, err := c.opts.Dial(ctx, c.url)
	cancel()
	if err != nil {
		return err
	}
	return c.serve(conn)
}

// serve runs one connection and returns why it ended. It reads itself. For writing, and for asking for credentials where
// somebody can be asked, it starts goroutines, and waits for them before it returns.
func (c *Context) serve(conn Conn) error {
	ctx, hangUp := context.WithCancelCause(c.life)
	c.connected(hangUp)
	var others sync.WaitGroup
	others.Go(func() { c.write(ctx, conn, hangUp) })
	if c.credentials.get != nil {
		asking, stop := context.WithCancel(ctx)
		defer context.AfterFunc(c.closing, stop)()
		others.Go(func() { c.renewer(asking) })
	}
	hangUp(c.read(ctx, conn))
	conn.Drop()
	others.Wait()
	return context.Cause(ctx)
}

// read feeds the engine until the connection ends, and returns why. If the engine ends the connection, read tells the bridge
// why in the close frame.
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
	var batch []byte // reused for every write, unless it has grown large
	for closing := false; ; {
		if cap(batch) > 1<<20 {
			batch = nil
		}
		batch = c.take(batch[:0])
		if len(batch) > 0 {
			if err := c.writeBatch(ctx, conn, batch); err != nil {
				// The bridge may have ended the connection, and the close frame with its reason may still be on the way.
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
			closing = true // what is queued is still written
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
		c.room.Fire()
	}
	return dst
}

// connected tells the engine that a new connection has begun. hangUp ends it.
func (c *Context) connected(hangUp func(error)) {
	c.mu.Lock()
	defer c.unlock()
	c.hangUp = hangUp
	c.credentials.fresh()
	c.engine.Start(c.now())
}

// disconnected tells the engine that the connection has ended. The next one may go on with the session as if nothing had
// happened. It tells whether the bridge had welcomed the client on this connection, and whether to connect again.
func (c *Context) disconnected(why error) (welcomed, again bool) {
	c.mu.Lock()
	defer c.unlock()
	c.engine.Stop(why)
	c.hangUp = nil
	c.room.Fire()
	c.stay()
	state := c.status.State
	welcomed = state != Connecting && state != Reconnecting
	if again = c.credentials.ended(why, welcomed); !again {
		return welcomed, false
	}
	if state == Connecting {
		c.setStatus(Connecting, why)
	} else {
		c.setStatus(Reconnecting, why)
	}
	return welcomed, true
}

// banned is how long to wait before the bridge, which turned this client away, may be tried again. A random part is added, so
// that not all clients of the bridge come back at the same time.
func (c *Context) banned() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := max(0, c.notBefore-c.now())
	return left + rand.N(left/4+1)
}

// final tells whether connecting again is of no use, because it would end in the same way.
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

// backoff is the pause before another attempt to connect. It doubles from one attempt to the next. It has a random part, so
// that the clients of a bridge that was restarted do not all come back at the same time.
type backoff struct{ least, most, current time.Duration }

func (b *backoff) reset() { b.current = 0 }

func (b *backoff) next() time.Duration {
	b.current = min(max(2*b.current, b.least), b.most)
	return b.current/2 + rand.N(b.current/2+1)
}
