package bench

import (
	"encoding/binary"
	"errors"
)

// The opcodes of RFC 6455.
const (
	opBinary  = 2
	opClose   = 8
	opPing    = 9
	opPong    = 10
	finalFlag = 0x80
)

// maxUnit is the largest frame that is taken.
const maxUnit = 32 << 20

var errTooLarge = errors.New("the bridge sends more at once than was asked for")

// appendMessage appends a message as a client sends it. The mask is all zeros: it exists to confuse proxies that are not there,
// and here it would only cost time. The receiver unmasks all the same.
func appendMessage(dst []byte, opcode byte, payload []byte) []byte {
	dst = append(dst, finalFlag|opcode)
	const masked = 0x80
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, masked|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(n))
	}
	return append(append(dst, 0, 0, 0, 0), payload...)
}

// stream takes apart what a bridge sends: WebSocket messages, and the units in them. A unit is a frame of zwb.v1, or a whole
// message for a plain client. It waits for no more than a unit to be complete, so its buffer may be small.
type stream struct {
	buf      []byte
	from, to int
	opcode   byte
	left     int // of the payload of the message that has begun
	unit     func(chunk []byte, left int) (size int, err error)
}

// room is where to read to.
func (s *stream) room() []byte {
	if s.from == s.to {
		s.from, s.to = 0, 0
	}
	if s.from > 0 && len(s.buf)-s.to < len(s.buf)/4 {
		s.to = copy(s.buf, s.buf[s.from:s.to])
		s.from = 0
	}
	if s.to == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	return s.buf[s.to:]
}

// next is the next unit, or the next control message. It is valid until the next call of room. opcode 0: there is none yet.
func (s *stream) next() (opcode byte, unit []byte, err error) {
	for {
		if s.left == 0 {
			ok, err := s.header()
			if err != nil || !ok {
				return 0, nil, err
			}
			if s.left == 0 && s.opcode < opClose {
				continue // an empty message
			}
		}
		chunk := s.buf[s.from:min(s.to, s.from+s.left)]
		size := s.left
		if s.opcode < opClose {
			size, err = s.unit(chunk, s.left)
			if err != nil {
				return 0, nil, err
			}
		}
		if s.opcode < opClose && size == 0 || len(chunk) < size {
			return 0, nil, nil
		}
		s.from += size
		s.left -= size
		return s.opcode, chunk[:size], nil
	}
}

// header reads the beginning of a message, if it is there.
func (s *stream) header() (ok bool, err error) {
	b := s.buf[s.from:s.to]
	if len(b) < 2 {
		return false, nil
	}
	size, length := 2, uint64(b[1])
	switch {
	case length == 126:
		if size = 4; len(b) < size {
			return false, nil
		}
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case length == 127:
		if size = 10; len(b) < size {
			return false, nil
		}
		length = binary.BigEndian.Uint64(b[2:])
	case length > 127:
		return false, errors.New("the bridge masks what it sends")
	}
	if length > maxUnit {
		return false, errTooLarge
	}
	if s.opcode = b[0] & 15; s.opcode == 0 { // it continues a message
		s.opcode = opBinary
	}
	s.left = int(length)
	s.from += size
	return true, nil
}

// wholeMessage is the unit of a plain client.
func wholeMessage(_ []byte, left int) (size int, err error) { return left, nil }

// wholeFrame is the unit of zwb.v1.
func wholeFrame(chunk []byte, left int) (size int, err error) {
	length, n := binary.Uvarint(chunk)
	if n == 0 {
		return 0, nil
	}
	if n < 0 || length == 0 || length > maxUnit || n+int(length) > left {
		return 0, errors.New("the bridge has sent a malformed frame")
	}
	return n + int(length), nil
}
