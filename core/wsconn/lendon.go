//go:build !js

package wsconn

import "context"

// Who reads a connection that waits asks the kernel twice: once in vain, after which it is waited, and once for what has come. With a
// client who asks all the time the first is spared. A read that has brought less than there was room for has brought all there was, and
// whatever comes after it wakes who waits then: epoll(7), about edge-triggered events. Package net forgets such an event where a read
// begins, so it has to be one read that goes on, and what it brings is handled within.
//
// The end of a connection that comes together with the last bytes wakes nobody a second time. So this is for clients who are going to be
// answered: the network says that it has ended to who writes, and then to who reads. At the latest a heartbeat ends it.

// LendOn calls handle with the messages that are there, again and again, until handle returns false, or something comes that cannot be
// lent. enough says which: what cannot be lent is what is read next. The messages and their slice are valid until handle returns. It must
// not wait for the connection to be closed, which waits for it. LendOn is for the goroutine that reads.
func (c *Conn) LendOn(ctx context.Context, handle func(messages [][]byte) (goOn bool)) (enough bool, err error) {
	c.forget()
	if !c.takes() {
		return false, nil
	}
	if err := c.spent(ctx); err != nil {
		return false, c.ended(err)
	}
	c.watch(ctx)
	if err := c.lendOn(handle); err != nil {
		return false, c.ended(err)
	}
	enough, c.taking.enough = c.taking.enough, false
	return enough, nil
}

func (c *Conn) lendOn(handle func(messages [][]byte) (goOn bool)) error {
	tcp := c.tcp
	tcp.turn.Lock()
	defer tcp.turn.Unlock()
	defer func() { tcp.in.took = nil }()
	next := func() {
		c.lendSimple()
		c.taking.enough = !handle(c.taking.lent.messages)
		c.Return()
	}
	took := func() (all bool) {
		if tcp.closing.Load() || !c.isSimple() {
			return false
		}
		next()
		return !c.taking.enough && len(tcp.in.unread()) == 0
	}
	for !c.taking.enough {
		tcp.in.took = took
		if ok, err := c.awaitSimple(); !ok {
			return err
		}
		if !c.taking.enough {
			next()
		}
	}
	return nil
}

// isSimple tells whether a whole simple message is there.
func (c *Conn) isSimple() bool {
	b := c.tcp.in.unread()
	if len(b) == 0 {
		return false
	}
	_, need := simple(b, c.reading.limit, c.tcp.in.room())
	return 0 < need && need <= len(b)
}
