package core

import "encoding/binary"

// parseRequest cuts the first frame off a WebSocket message. It is not ok unless that is a Request as it should be.
func parseRequest(b []byte, r *Request) (rest []byte, ok bool) {
	size, b, ok := number(b)
	if !ok || size == 0 || size > uint64(len(b)) || Kind(b[0]) != KindRequest {
		return nil, false
	}
	fields, rest := b[1:size], b[size:]
	socket, fields, ok := number(fields)
	if !ok || socket == 0 || socket > 1<<32-1 {
		return nil, false
	}
	if r.ID, fields, ok = number(fields); !ok {
		return nil, false
	}
	if r.Flags, fields, ok = number(fields); !ok {
		return nil, false
	}
	if r.Millis, fields, ok = number(fields); !ok {
		return nil, false
	}
	r.Socket, r.Body = uint32(socket), Body(fields)
	return rest, true
}

// parseAck is parseRequest for an Ack.
func parseAck(b []byte) (seq uint64, rest []byte, ok bool) {
	size, b, ok := number(b)
	if !ok || size == 0 || size > uint64(len(b)) || Kind(b[0]) != KindAck {
		return 0, nil, false
	}
	seq, _, ok = number(b[1:size])
	return seq, b[size:], ok
}

// number reads a number off b. Those of one byte, which most are, are read in place.
func number(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}
