package zmtp

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// wholeMessage waits for a message and takes it out of the read buffer, where zmq4 makes several allocations for each part.
// ok is false for all that is not that simple, which is left to zmq4 and the guard's Read: commands, messages larger than
// the buffer, whatever is malformed, and the end.
//
// It is called by the reader between messages, once the handshake is over.
func (g *guard) wholeMessage() (m core.Message, ok bool) {
	if !g.betweenMessages() {
		return nil, false
	}
	s, ok := g.awaitWhole()
	if !ok {
		return nil, false
	}
	if !g.lends && g.in.busy && s.length >= takeableMin && s.length <= takeableMax {
		return cut(g.in.take(s.length), g.slots(s.parts)), true
	}
	if s.parts > len(g.lent) {
		g.lent = make(core.Message, max(s.parts, minSlots))
	}
	m = cut(g.in.unread(), g.lent[:s.parts])
	g.in.discard(s.length)
	if !g.lends {
		m = m.Clone()
	}
	return m, true
}

// betweenMessages tells whether what is read next is the beginning of a message, or a command.
func (g *guard) betweenMessages() bool {
	return g.fault == nil && len(g.pending) == 0 && g.body == 0 && g.parts == 0
}

// shape is what there is to know about a message before it is cut.
type shape struct {
	parts   int
	payload int64
	length  int // on the wire
}

// awaitWhole waits until all of a message is in the buffer. ok is false when something else comes, or what is not allowed.
func (g *guard) awaitWhole() (s shape, ok bool) {
	for need := 1; ; {
		if _, err := g.in.peek(need); err != nil {
			g.fail(err) // zmq4 meets it
			return shape{}, false
		}
		if s, need, ok = measure(g.in.unread(), &g.limits); ok || need == 0 || need > ioBuffer {
			return s, ok
		}
	}
}

// measure measures the message at the start of b. If it is not all there, need is how long b has to be to learn more; 0:
// it is nothing to wait for, or exceeds a limit.
func measure(b []byte, limits *Limits) (s shape, need int, ok bool) {
	for {
		rest := b[s.length:]
		if len(rest) > 0 && rest[0]&^(flagMore|flagLong) != 0 || s.parts == min(limits.MaxParts, core.MaxParts) {
			return s, 0, false
		}
		flags, size, header := frameHeader(rest)
		if header > len(rest) {
			return s, s.length + header, false
		}
		if size > ioBuffer || int64(size) > limits.MaxFrame {
			return s, 0, false
		}
		s.parts++
		s.length += header + int(size)
		if s.payload += int64(size); s.payload > limits.MaxMessage {
			return s, 0, false
		}
		if s.length > len(b) {
			return s, s.length, false
		}
		if flags&flagMore == 0 {
			return s, 0, true
		}
	}
}

// frameHeader reads a header, as far as all of its length bytes are in b.
func frameHeader(b []byte) (flags byte, size uint64, length int) {
	switch {
	case len(b) == 0 || b[0]&flagLong == 0 && len(b) < shortHeader:
		return 0, 0, shortHeader
	case b[0]&flagLong == 0:
		return b[0], uint64(b[1]), shortHeader
	case len(b) < longHeader:
		return b[0], 0, longHeader
	}
	return b[0], binary.BigEndian.Uint64(b[1:]), longHeader
}

// cut finds the parts of a message that has been measured; they alias b.
func cut(b []byte, m core.Message) core.Message {
	for i := range m {
		_, size, header := frameHeader(b)
		end := header + int(size)
		m[i] = b[header:end:end]
		b = b[end:]
	}
	return m
}

// slots returns room for n parts that is kept as long as one of the messages in it, or the memory they are in: together,
// for the parts of a fresh buffer do not share it with those of the one before.
func (g *guard) slots(n int) core.Message {
	if g.room.fresh != g.in.fresh || n > len(g.room.parts) {
		g.room = room{g.in.fresh, make(core.Message, max(n, minSlots))}
	}
	m := g.room.parts[:n:n]
	g.room.parts = g.room.parts[n:]
	return m
}

// room is slots that are free, for messages in the memory that was the fresh-th of the stream.
type room struct {
	fresh uint
	parts core.Message
}

const minSlots = 16
