//go:build !js

package wsconn

import "context"

// Who handles messages at once, and keeps nothing of them, needs no memory of its own for each: they are unmasked where they have
// arrived, and that memory is lent. Meanwhile the connection has none, or another one: the library may read in a Close.

// Lend is ReadTogether, but if lent is true, the messages and their slice are valid until Return, or until something else is read.
func (c *Conn) Lend(ctx context.Context) (messages [][]byte, lent bool, err error) {
	c.forget()
	if err := c.take(ctx, borrowed); err != nil {
		return nil, false, err
	}
	if m := c.taking.lent; m != nil {
		return m.messages, true, nil
	}
	messages, err = c.takenOrAny(ctx)
	return messages, false, err
}

// borrowed is how many messages are taken when all that are there are lent: none is.
const borrowed = 0

// Return gives back what was lent. It is for the goroutine that reads.
func (c *Conn) Return() {
	m := c.taking.lent
	if m == nil {
		return
	}
	c.taking.lent = nil
	if m.messages = m.messages[:0]; cap(m.messages) > manyMessages {
		m.messages = nil
	}
	m.giveBack()
}

// manyMessages is how many places for messages are kept with memory that nobody has borrowed.
const manyMessages = 512

// lendSimple lends the simple messages that are there, of which there is one at least.
func (c *Conn) lendSimple() {
	in, limit := &c.tcp.in, c.reading.limit
	room := in.room()
	m, b := in.lend()
	taken, messages := 0, m.messages
	for rest := b; len(rest) > 0; rest = b[taken:] {
		f, need := simple(rest, limit, room)
		if need == 0 || need > len(rest) {
			break
		}
		messages = append(messages, f.unmaskInPlace(rest))
		taken += f.length()
	}
	m.messages = messages
	in.lent(m, taken)
	c.taking.lent = m
}
