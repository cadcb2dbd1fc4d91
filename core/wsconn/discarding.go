//go:build !js

package wsconn

import (
	"io"
	"net"
	"time"
)

// discarding forgets what a peer still sends while the connection is being closed. The library would look at each byte of it, for as
// long as the peer likes, and a few who send as fast as they can would have the processors for themselves. The peer is to read why
// it was closed, so it may go on, but no faster than it costs next to nothing.
type discarding struct {
	began   bool
	severed bool  // the library has the beginning of a message, of which it gets no more
	bytes   int32 // since the last pause
}

// So much is forgotten at once, and then there is a pause. A peer that has some MiB on their way is done with them in a fraction of a
// second.
const (
	discardAtOnce = 64 << 10
	discardPause  = 2 * time.Millisecond
)

// forgot is told that so many bytes were.
func (d *discarding) forgot(n int) {
	if d.bytes += int32(n); d.bytes >= discardAtOnce {
		d.bytes = 0
		time.Sleep(discardPause)
	}
}

// discard returns when there is something for the library: the peer's Close, or the rest of another control frame of which it has the
// beginning. A Ping that comes now is forgotten, too: the library would wait for the end before it answers. The turn is held.
func (c *lookingConn) discard() error {
	d := &c.discarding
	if !c.frames.atEnd() && isControl(c.frames.header[0]) && !d.severed {
		return nil
	}
	if !d.began {
		d.began, d.severed = true, !c.frames.atEnd()
	}
	for {
		if err := c.awaitAny(); err != nil {
			return err
		}
		b := c.in.unread()
		first := c.frames.header[0]
		if c.frames.atEnd() {
			first = b[0]
		}
		if isClose(first) && !d.severed {
			return nil
		}
		n := int(min(int64(len(b)), c.frames.sure()))
		c.look(b[:n])
		c.in.discard(n)
		switch {
		case c.err != nil:
			return c.err
		case isClose(first) && c.frames.atEnd():
			c.lost = net.ErrClosed // this was the answer, which the library is not able to read any more
			return c.lost
		}
		d.forgot(n)
	}
}

// isControl tells by its first byte whether a frame is no part of a message.
func isControl(first byte) bool { return first&8 != 0 }

func isClose(first byte) bool { return first&15 == 8 }

// forgetAll reads to the end, or an error, which tells nothing new.
func forgetAll(r io.Reader) {
	memory := borrow()
	defer memory.giveBack()
	for d := (discarding{}); ; {
		n, err := r.Read(memory.bytes[:])
		if err != nil {
			return
		}
		d.forgot(n)
	}
}
