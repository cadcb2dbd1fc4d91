package zmtp

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Send writes one message: the parts of head, then those of m. Only the writer may call it.
//
// It writes the frames itself, where zmq4 would allocate for each. No mechanism that zmq4 knows here does anything to them:
// NULL and PLAIN leave them as they are, and CURVE is below.
func (p *Conn) Send(head [][]byte, m core.Message) error {
	p.sent++
	if p.guard.writeWhole(head, m) {
		return nil
	}
	for i, part := range head {
		if err := p.guard.writeFrame(part, i < len(head)-1 || len(m) > 0); err != nil {
			return err
		}
	}
	for i, part := range m {
		if err := p.guard.writeFrame(part, i < len(m)-1); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole buffers all frames of a message, if there is room for them.
func (g *guard) writeWhole(head [][]byte, m core.Message) (ok bool) {
	size := 0
	for _, parts := range [...][][]byte{head, m} {
		for _, part := range parts {
			size += longHeader + len(part)
		}
	}
	if size > g.buf.Available() {
		return false
	}
	b := g.buf.AvailableBuffer()
	for i, part := range head {
		b = append(appendHeader(b, len(part), i < len(head)-1 || len(m) > 0), part...)
	}
	for i, part := range m {
		b = append(appendHeader(b, len(part), i < len(m)-1), part...)
	}
	g.buf.Write(b)
	return true
}

// writeFrame buffers one frame of a message.
func (g *guard) writeFrame(body []byte, more bool) error {
	if g.buf.Available() < longHeader {
		if err := g.buf.Flush(); err != nil {
			return err
		}
	}
	b := appendHeader(g.buf.AvailableBuffer(), len(body), more)
	if len(body) <= g.buf.Available()-len(b) {
		_, err := g.buf.Write(append(b, body...))
		return err
	}
	if _, err := g.buf.Write(b); err != nil {
		return err
	}
	_, err := g.buf.Write(body)
	return err
}

func appendHeader(b []byte, size int, more bool) []byte {
	var flags byte
	if more {
		flags = flagMore
	}
	if size > maxShort {
		return binary.BigEndian.AppendUint64(append(b, flags|flagLong), uint64(size))
	}
	return append(b, flags, byte(size))
}

// maxShort is the largest size that a short header has room for.
const maxShort = 255

// SendEncoded is Send for messages that are encoded already, with AppendFrame, one after the other.
func (p *Conn) SendEncoded(messages []byte, count int) error {
	p.sent += uint64(count)
	_, err := p.guard.buf.Write(messages)
	return err
}

// AppendFrame appends one frame of a message; more says that it is not the last.
func AppendFrame(b, body []byte, more bool) []byte {
	return append(appendHeader(b, len(body), more), body...)
}

// CutFrame takes a frame off what was made with AppendFrame.
func CutFrame(b []byte) (body []byte, more bool, rest []byte) {
	flags, size, header := frameHeader(b)
	end := header + int(size)
	return b[header:end], flags&flagMore != 0, b[end:]
}
