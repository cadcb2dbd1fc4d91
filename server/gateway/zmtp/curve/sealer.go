package curve

import (
	"encoding/binary"
	"io"
	"slices"

	"golang.org/x/crypto/nacl/box"
)

// sealer is the direction to the peer: plain frames from whoever writes, MESSAGEs on the wire.
type sealer struct {
	conn   io.Writer
	key    *[KeySize]byte
	prefix string // of the nonces of MESSAGEs
	count  uint64 // of the last nonce

	greeting int                                  // bytes of the NULL greeting still to be dropped: ours has been sent
	step     func(flags byte, frame []byte) error // seals a frame: READY as part of the handshake, later message
	buf      []byte                               // frames written and not yet sealed
	sealed   []byte                               // sealed and not yet sent
	taken    int                                  // bytes of buf the network has taken in whole frames, during a write
	fault    error                                // nothing can be sent any more
}

func (s *sealer) write(p []byte) (int, error) {
	if s.fault != nil {
		return 0, s.fault
	}
	dropped := min(s.greeting, len(p))
	s.greeting -= dropped
	begun := len(s.buf) // bytes of a frame that an earlier write has begun
	s.buf = append(s.buf, p[dropped:]...)
	s.taken = 0
	if s.fault = s.sealWhole(); s.fault != nil {
		return max(0, min(s.taken-begun, len(p))), s.fault
	}
	return len(p), nil
}

// sealWhole seals and sends the whole frames in buf.
func (s *sealer) sealWhole() error {
	rest := s.buf
	for {
		h, complete := parseHeader(rest)
		if !complete || h.size > uint64(len(rest)-h.length) {
			break
		}
		if len(s.sealed) >= keepBuffer {
			if err := s.flush(); err != nil {
				return err
			}
		}
		end := h.length + int(h.size)
		// The byte before the body belongs to the header, which has been read: there is room for the flags.
		if err := s.step(h.flags, rest[h.length-1:end]); err != nil {
			return err
		}
		rest = rest[end:]
	}
	switch len(rest) { // before the flush, which may take long
	case len(s.buf): // nothing was whole
	case 0:
		s.buf = reuse(s.buf)
	default:
		s.buf = append(s.buf[:0], rest...)
	}
	return s.flush()
}

// message seals a frame, behind one byte of room, in a MESSAGE.
func (s *sealer) message(flags byte, frame []byte) error {
	frame[0] = flags&flagMore | flags&flagCommand>>1
	size := messageOverhead - 1 + len(frame)
	s.sealed = slices.Grow(s.sealed, longHeader+size)
	s.sealed = appendHeader(s.sealed, 0, size)
	s.sealed = append(s.sealed, cmdMessage...)
	s.sealed = s.seal(s.sealed, s.prefix, s.key, frame)
	return nil
}

// seal appends a short nonce to dst, and the box with plain.
func (s *sealer) seal(dst []byte, prefix string, key *[KeySize]byte, plain []byte) []byte {
	s.count++
	nonce := shortNonce(prefix, s.count)
	dst = binary.BigEndian.AppendUint64(dst, s.count)
	return box.SealAfterPrecomputation(dst, plain, &nonce, key)
}

// command sends a command of the handshake.
func (s *sealer) command(body []byte) error {
	s.sealed = appendHeader(s.sealed, flagCommand, len(body))
	s.sealed = append(s.sealed, body...)
	return s.flush()
}

// flush sends what is sealed, in one write.
func (s *sealer) flush() error {
	if len(s.sealed) == 0 {
		return nil
	}
	n, err := s.conn.Write(s.sealed)
	s.taken += plainSize(s.sealed[:n])
	s.sealed = reuse(s.sealed)
	return err
}

// plainSize is the size of the frames in those MESSAGEs of b that are whole.
func plainSize(b []byte) int {
	size := 0
	for {
		h, complete := parseHeader(b)
		if !complete || h.size > uint64(len(b)-h.length) {
			return size
		}
		body := int(h.size) - messageOverhead
		size += sizedHeaderLength(body) + body
		b = b[h.length+int(h.size):]
	}
}
