//go:build !js

package wsconn

import "github.com/zmqwebbridge/zmqwebbridge/core/atonce"

// Await waits until there is something to be read, or the connection has ended. It does what a read does first, but with so little
// stack that a new goroutine that calls it needs no more than it has to begin with: a read has a buffer provided, and what reads it
// handles it, for which the stack grows to four times as much. Where that cannot be had, or something was read before, it does not
// wait. It is for the goroutine that reads, when nothing is lent to it.
func (c *Conn) Await() {
	if c.tcp != nil && c.tcp.in.raw != nil && !c.taking.off {
		c.tcp.await()
	}
}

func (c *lookingConn) await() {
	c.turn.Lock()
	if c.lost == nil && len(c.in.unread()) == 0 {
		c.in.raw.Read(ready1) // a read meets the error
	}
	c.turn.Unlock()
}

// ready1 is atonce.Ready, as a RawConn wants it.
func ready1(fd uintptr) bool { return atonce.Ready(int(fd)) }
