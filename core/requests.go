package core

import "encoding/binary"

// parseRequest cuts the first frame off a WebSocket message. It is not ok unless that is a Request as it should be.
func parseRequest(b []byte, r *Request) (rest []byte, ok bool) {
	size, at := number(b, 0)
	if at >= len(b) || size == 0 || size > uint64(len(b)-at) || Kind(b[at]) != KindRequest {
		return nil, false
	}
	fields, rest := b[:at+int(size)], b[at+int(size):]
	socket, at := number(fields, at+1)
	r.ID, at = number(fields, at)
	r.Flags, at = number(fields, at)
	r.Millis, at = number(fields, at)
	if at > len(fields) || socket == 0 || socket > 1<<32-1 {
		return nil, false
	}
	r.Socket, r.Body = uint32(socket), Body(fields[at:])
	return rest, true
}

// parseAck is parseRequest for an Ack, whose length always is one byte.
func parseAck(b []byte) (seq uint64, rest []byte, ok bool) {
	if len(b) < 2 || Kind(b[1]) != KindAck || b[0] == 0 || int(b[0]) >= len(b) || b[0] >= 0x80 {
		return 0, nil, false
	}
	frame := b[:1+b[0]]
	seq, at := number(frame, 2)
	return seq, b[len(frame):], at <= len(frame)
}

// number reads a number of b, and tells where it ends: behind b if there is none. Those of one byte, which most are, are read in place.
func number(b []byte, at int) (v uint64, end int) {
	if at < len(b) && b[at] < 0x80 {
		return uint64(b[at]), at + 1
	}
	return longNumber(b, at)
}

func longNumber(b []byte, at int) (v uint64, end int) {
	if at < len(b) {
		if v, n := binary.Uvarint(b[at:]); n > 0 {
			return v, at + n
		}
	}
	return 0, len(b) + 1
}
