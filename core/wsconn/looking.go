//go:build !js

package wsconn

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// lookingConn is a connection whose reader follows the frames.
type lookingConn struct {
	// turn is for whoever reads, while he waits, too. There are two: the goroutine that reads messages, and the library in
	// a Close. They take turns by frames: the library is never given more than one, and Conn takes only whole messages.
	turn    sync.Mutex
	closing atomic.Bool // what comes is the library's, as far as it is not to be forgotten
	broken  atomic.Bool // err is set; for Close, which anybody may call
	err     error       // which promise the peer broke; ends the reading
	lost    error       // ends the reading, after what was read before
	frames  frames      // of what the library was given
	in      arrivals
	out     sending

	discarding discarding
	net.Conn
}

// open begins with a connection of which something has been read ahead.
func (c *lookingConn) open(conn net.Conn, ahead []byte, limit int64) {
	c.Conn, c.frames.limit = conn, limit
	c.in.open(conn, ahead)
	c.out.open()
}

// Write is the library's.
func (c *lookingConn) Write(p []byte) (int, error) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if err := c.out.finish(c.Conn); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// Read is the library's. It gives no more than the rest of the frame that is being read, so that the library's buffer has
// nothing of the next.
func (c *lookingConn) Read(p []byte) (n int, err error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if len(c.in.unread()) == 0 && c.lost == nil && len(p) >= arrivalsSize && c.frames.skip >= arrivalsSize && !c.closing.Load() {
		n, c.lost = c.Conn.Read(p[:min(int64(len(p)), c.frames.skip)])
		c.lost = cut(c.lost)
		c.look(p[:n])
		return n, c.lost
	}
	if err := c.awaitAny(); err != nil {
		return 0, err
	}
	if c.closing.Load() {
		if err := c.discard(); err != nil {
			return 0, err
		}
	}
	for n < len(p) && len(c.in.unread()) > 0 && c.err == nil {
		b := c.in.unread()
		k := copy(p[n:], b[:min(int64(len(b)), c.frames.sure())])
		c.look(p[n : n+k])
		c.in.discard(k)
		if n += k; c.frames.atEnd() {
			break
		}
	}
	return n, nil
}

// awaitAny waits until something is there. The turn is held.
func (c *lookingConn) awaitAny() error {
	if len(c.in.unread()) == 0 && c.lost == nil {
		c.lost = cut(c.in.await())
	}
	if len(c.in.unread()) == 0 {
		return c.lost
	}
	return nil
}

// look follows the frames through what the library is given.
func (c *lookingConn) look(b []byte) {
	if c.err = c.frames.look(b); c.err != nil {
		c.broken.Store(true)
	}
}

// Close is called when the closing handshake is over. A peer whose promises could not be kept has not been read to the
// end. If the connection were just closed, what is still on its way would make the kernel reset it, and the peer might
// never read the code.
func (c *lookingConn) Close() error {
	c.closing.Store(true)
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.broken.Load() && half.CloseWrite() == nil {
		c.Conn.SetReadDeadline(time.Now().Add(lastWords))
		forgetAll(c.Conn)
	}
	return c.Conn.Close()
}

// lastWords is how long a peer that announced too much may take to read why it was closed.
const lastWords = 500 * time.Millisecond
