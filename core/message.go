package core

import "encoding/binary"

// Message is one ZeroMQ message: a list of at least one part. On a SUB socket the first part is compared with the prefixes
// of subscriptions.
type Message [][]byte

// Size is the number of payload bytes in all parts.
func (m Message) Size() int {
	n := 0
	for _, p := range m {
		n += len(p)
	}
	return n
}

// Clone copies the parts, for a message that has to outlive the bytes that its parts alias.
func (m Message) Clone() Message {
	buf := make([]byte, 0, m.Size())
	out := make(Message, len(m))
	for i, p := range m {
		start := len(buf)
		buf = append(buf, p...)
		out[i] = buf[start:len(buf):len(buf)]
	}
	return out
}

// MaxParts is the most parts that one message may have, on the wire and towards ZeroMQ peers.
const MaxParts = 1024

// Body is a message as it stands in a frame: the number of parts, the length of every part but the last, and the parts. It
// names no socket, so a message that goes to many subscribers is encoded once and shared. Nobody may modify it.
type Body []byte

// AppendBody appends m in wire form. m has at least one and at most MaxParts parts.
func AppendBody(dst []byte, m Message) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(m)))
	for _, p := range m[:len(m)-1] {
		dst = binary.AppendUvarint(dst, uint64(len(p)))
	}
	for _, p := range m {
		dst = append(dst, p...)
	}
	return dst
}

// EncodeBody is AppendBody into a new slice of exactly the right size, for a message that will be shared.
func EncodeBody(m Message) Body { return AppendBody(make([]byte, 0, bodySize(m)), m) }

// bodySize is the number of bytes that AppendBody writes; it is 0 for a message without parts.
func bodySize(m Message) int {
	if len(m) == 0 {
		return 0
	}
	n := uvarintSize(uint64(len(m)))
	for _, p := range m[:len(m)-1] {
		n += uvarintSize(uint64(len(p)))
	}
	return n + m.Size()
}

// CheckMessage refuses what no frame can carry: no parts, too many, or more than limit bytes.
func CheckMessage(m Message, limit int) error {
	switch {
	case len(m) == 0:
		return NewError(Invalid, "a message has at least one part")
	case len(m) > MaxParts:
		return NewError(TooLarge, "a message has at most 1024 parts")
	case m.Size() > limit:
		return NewError(TooLarge, "the message has "+itoa(m.Size())+" bytes, the limit is "+itoa(limit))
	}
	return nil
}

// Parts decodes b and appends the parts to dst. They alias b. An error says that b is malformed.
func (b Body) Parts(dst Message) (Message, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count == 0 || count > MaxParts {
		return dst, errBadBody
	}
	lengths, rest := b[n:], []byte(nil)
	// Two passes over the lengths: the parts begin where the lengths end.
	at, total := 0, uint64(0)
	for i := uint64(1); i < count; i++ {
		size, n := binary.Uvarint(lengths[at:])
		if n <= 0 || size > uint64(len(b)) {
			return dst, errBadBody
		}
		at += n
		total += size
	}
	rest = lengths[at:]
	if total > uint64(len(rest)) {
		return dst, errBadBody
	}
	at = 0
	for i := uint64(1); i < count; i++ {
		size, n := binary.Uvarint(lengths[at:])
		at += n
		dst = append(dst, rest[:size:size])
		rest = rest[size:]
	}
	return append(dst, rest[:len(rest):len(rest)]), nil
}

// Lengths is Parts for whoever wants to know only where the parts are: it appends the length of each to dst, and returns the
// payload, in which they stand one directly after the other. The payload aliases b. An error says that b is malformed.
func (b Body) Lengths(dst []uint32) (lengths []uint32, payload []byte, err error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count == 0 || count > MaxParts {
		return dst, nil, errBadBody
	}
	payload = b[n:]
	before := uint64(0) // bytes of all parts but the last
	for ; count > 1; count-- {
		if len(payload) == 0 {
			return dst, nil, errBadBody
		}
		size, n := uint64(payload[0]), 1
		if size >= 0x80 { // most have one byte, which is read in place
			size, n = binary.Uvarint(payload)
		}
		if n <= 0 || size > uint64(len(b)) {
			return dst, nil, errBadBody
		}
		dst = append(dst, uint32(size))
		before += size
		payload = payload[n:]
	}
	if before > uint64(len(payload)) {
		return dst, nil, errBadBody
	}
	return append(dst, uint32(uint64(len(payload))-before)), payload, nil
}

// Topic is the first part, with which prefixes are compared. It aliases b, which has to be well-formed.
func (b Body) Topic() []byte {
	count, at := binary.Uvarint(b)
	size := uint64(len(b)) // if there is only one part, it is the rest
	for i := uint64(1); i < count && at > 0; i++ {
		n, length := binary.Uvarint(b[at:])
		if length <= 0 {
			return nil
		}
		if i == 1 {
			size = n
		}
		at += length
	}
	rest := b[max(at, 0):]
	return rest[:min(size, uint64(len(rest)))]
}

var errBadBody = NewError(Protocol, "malformed message body")
