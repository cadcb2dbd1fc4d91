//go:build !js

package wsconn

import "encoding/binary"

// finalBinary begins a binary message that is one frame, without extensions.
const finalBinary = 0x82

// simple measures the frame at the start of b, which is not empty. It is simple if it is a whole binary message that is not
// empty, masked, at most limit bytes long, and with its header at most room. If it is not all there, need is how long b has
// to be to know more; 0: there is nothing to wait for, it is something else.
func simple(b []byte, limit, room int) (f frameAt, need int) {
	const masked, length16 = 0x80, 126
	if b[0] != finalBinary {
		return f, 0
	}
	if len(b) < 2 {
		return f, 2
	}
	if b[1]&masked == 0 {
		return f, 0
	}
	f.header, f.size = 2+maskSize, int(b[1]&^masked)
	if f.size >= length16 {
		if f.size > length16 {
			return f, 0
		}
		if len(b) < 4 {
			return f, 4
		}
		f.header, f.size = 4+maskSize, int(binary.BigEndian.Uint16(b[2:]))
	}
	if f.size == 0 || f.size > limit || f.length() > room {
		return f, 0
	}
	return f, f.length()
}

// frameAt is where in a frame what is.
type frameAt struct {
	header int // bytes, with the masking key at the end
	size   int // of the payload
}

const maskSize = 4

func (f frameAt) length() int { return f.header + f.size }

// unmask copies the payload of the frame at the start of b.
func (f frameAt) unmask(dst, b []byte) {
	key := binary.LittleEndian.Uint32(b[f.header-maskSize:])
	unmask(dst[:f.size], b[f.header:f.length()], key)
}

// unmaskInPlace is the payload of the frame at the start of b, where it is.
func (f frameAt) unmaskInPlace(b []byte) []byte {
	key := binary.LittleEndian.Uint32(b[f.header-maskSize:])
	payload := b[f.header:f.length():f.length()]
	unmask(payload, payload, key)
	return payload
}

// unmask copies src to dst, which has the same length, and may be the same (RFC 6455, section 5.3).
func unmask(dst, src []byte, key uint32) {
	wide := uint64(key)<<32 | uint64(key)
	for len(src) >= 32 && len(dst) >= 32 {
		unmask8(dst[:8], src[:8], wide)
		unmask8(dst[8:16], src[8:16], wide)
		unmask8(dst[16:24], src[16:24], wide)
		unmask8(dst[24:32], src[24:32], wide)
		dst, src = dst[32:], src[32:]
	}
	for len(src) >= 8 && len(dst) >= 8 {
		unmask8(dst[:8], src[:8], wide)
		dst, src = dst[8:], src[8:]
	}
	if len(src) >= 4 && len(dst) >= 4 {
		binary.LittleEndian.PutUint32(dst, binary.LittleEndian.Uint32(src)^key)
		dst, src = dst[4:], src[4:]
	}
	for i := range src {
		dst[i] = src[i] ^ byte(key>>(8*(i&3)))
	}
}

func unmask8(dst, src []byte, key uint64) {
	binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src)^key)
}
