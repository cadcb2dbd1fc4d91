package curve

import (
	"io"
	"slices"
)

// source cuts what a peer sends into frames.
type source struct {
	conn io.Reader
	buf  []byte // what has arrived
	used int    // of it: bytes given out
}

// frame waits for the next frame, refuses it when its body is larger than limit, and returns the body, which holds until
// the next call. A stream that ends between frames ends with io.EOF.
func (s *source) frame(limit uint64) ([]byte, error) {
	if err := s.need(shortHeader); err != nil {
		return nil, err
	}
	if err := s.need(headerLength(s.buf[s.used])); err != nil {
		return nil, err
	}
	h, _ := parseHeader(s.buf[s.used:])
	if h.flags&^(flagLong|flagCommand) != 0 {
		return nil, protocolError("a frame with flags %#02x", h.flags)
	}
	if h.size > limit {
		return nil, limitError("a frame of %d bytes, the limit with encryption is %d", h.size, limit)
	}
	end := h.length + int(h.size)
	if err := s.need(end); err != nil {
		return nil, err
	}
	body := s.buf[s.used+h.length : s.used+end]
	s.used += end
	return body, nil
}

// arrived tells the size of the next frame's body when all of it is in the buffer.
func (s *source) arrived() (size int, whole bool) {
	b := s.buf[s.used:]
	h, complete := parseHeader(b)
	if !complete || h.size > uint64(len(b)-h.length) {
		return 0, false
	}
	return int(h.size), true
}

// need waits until n bytes can be given out. The buffer grows with what has arrived, not to what was announced, which
// costs a peer nothing.
func (s *source) need(n int) error {
	for len(s.buf)-s.used < n {
		s.compact()
		if len(s.buf) == cap(s.buf) {
			s.buf = slices.Grow(s.buf, max(ioBuffer, min(len(s.buf), n-len(s.buf))))
		}
		have := len(s.buf)
		got, err := io.ReadAtLeast(s.conn, s.buf[have:cap(s.buf)], min(n, cap(s.buf))-have)
		s.buf = s.buf[:have+got]
		if err == io.EOF && len(s.buf) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compact moves what has not been given out to the beginning of the buffer, or of a new one when a large frame has made it
// too large to be kept.
func (s *source) compact() {
	if s.used == 0 {
		return
	}
	left := s.buf[s.used:]
	if s.used, s.buf = 0, reuse(s.buf); s.buf == nil {
		s.buf = make([]byte, 0, max(ioBuffer, len(left)))
	}
	s.buf = append(s.buf, left...)
}

// release gives such a buffer up at once when nothing is left in it: it may be long until the next frame.
func (s *source) release() {
	if s.used == len(s.buf) {
		s.buf, s.used = reuse(s.buf), 0
	}
}
