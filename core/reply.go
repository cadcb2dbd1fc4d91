package core

import "encoding/binary"

// AppendReply is Append for the Reply to a request, without a Frame.
func (s *Session) AppendReply(socket uint32, request uint64, m Message) error {
	if len(m) == 1 && len(m[0]) <= shortPart && socket < 0x80 {
		s.sent++
		s.journal.appendShortReply(byte(socket), request, m[0])
		return nil
	}
	fields := uvarintSize(uint64(socket)) + uvarintSize(request) + bodySize(m)
	if err := s.admitSize(maxHeader + fields); err != nil {
		return err
	}
	s.sent++
	s.journal.appendReply(socket, request, m, fields)
	return nil
}

// shortPart is how large the only part of a reply may be, so that the length of the frame has one byte whatever its number is, and
// every peer accepts it.
const shortPart = 0x7f - shortHeader

// shortHeader is how much there may be in front of that part: length, kind, socket, number and count of parts.
const shortHeader = 4 + 10

// appendShortReply adds a Reply that has one part of up to shortPart bytes, which most have, on one of the sockets that have numbers of
// one byte.
func (j *journal) appendShortReply(socket byte, request uint64, part []byte) {
	p := j.room(shortHeader + len(part))
	begin := len(p.frames)
	b := p.frames[begin : begin+shortHeader+len(part)]
	b[1], b[2] = byte(KindReply), socket
	n := 3
	for ; request >= 0x80; n++ {
		b[n] = byte(request) | 0x80
		request >>= 7
	}
	b[n], b[n+1] = byte(request), 1
	n += 2 + copy(b[n+2:], part)
	b[0] = byte(n - 1)
	p.frames = p.frames[:begin+n]
	p.count++
	j.tail += n
}

// appendReply adds a Reply, whose fields take so many bytes.
func (j *journal) appendReply(socket uint32, request uint64, m Message, fields int) {
	p := j.room(maxHeader + fields)
	before := len(p.frames)
	b := binary.AppendUvarint(p.frames, uint64(1+fields))
	b = append(b, byte(KindReply))
	b = binary.AppendUvarint(b, uint64(socket))
	b = binary.AppendUvarint(b, request)
	p.frames = AppendBody(b, m)
	p.count++
	j.tail += len(p.frames) - before
}
