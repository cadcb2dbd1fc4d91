package gateway

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// wholeMessage takes a message that has arrived whole out of the read buffer: two allocations, whatever its number of
// parts, where zmq4 makes several for each, and it is in wire form as well; the parts alias body. ok is false for all
// that is not that simple, which is left to zmq4 and the guard's Read: commands, messages that are still arriving or
// larger than the buffer, and whatever is malformed.
//
// It is called by the reader between messages, once the handshake is over.
func (g *guard) wholeMessage() (m core.Message, body core.Body, ok bool) {
	if g.fault != nil || len(g.pending) > 0 || g.body > 0 || g.parts > 0 {
		return nil, nil, false
	}
	if g.in.Buffered() == 0 {
		if _, err := g.in.Peek(1); err != nil {
			return nil, nil, false // zmq4 meets it again
		}
	}
	b, err := g.in.Peek(g.in.Buffered())
	if err != nil {
		return nil, nil, false
	}
	parts, payload, length, ok := measure(b)
	if !ok || parts > g.limits.MaxParts || payload > g.limits.MaxMessage || payload > g.limits.MaxFrame {
		return nil, nil, false
	}
	m = cut(b, make(core.Message, parts))
	body = core.EncodeBody(m)
	g.in.Discard(length)
	m, err = body.Parts(m[:0])
	return m, body, err == nil
}

// measure counts the parts, payload and length of the message at the start of b, if all of it is there.
func measure(b []byte) (parts int, payload int64, length int, ok bool) {
	for {
		flags, size, header, ok := frameHeader(b[length:])
		if !ok || flags&^(flagMore|flagLong) != 0 || size > uint64(len(b)-length-header) {
			return 0, 0, 0, false
		}
		parts++
		payload += int64(size)
		length += header + int(size)
		if flags&flagMore == 0 {
			return parts, payload, length, true
		}
	}
}

func frameHeader(b []byte) (flags byte, size uint64, length int, ok bool) {
	if len(b) < shortHeader {
		return 0, 0, 0, false
	}
	if b[0]&flagLong == 0 {
		return b[0], uint64(b[1]), shortHeader, true
	}
	if len(b) < longHeader {
		return 0, 0, 0, false
	}
	return b[0], binary.BigEndian.Uint64(b[1:]), longHeader, true
}

// cut finds the parts of a message that has been measured; they alias b.
func cut(b []byte, m core.Message) core.Message {
	for i := range m {
		_, size, header, _ := frameHeader(b)
		m[i] = b[header : header+int(size)]
		b = b[header+int(size):]
	}
	return m
}
