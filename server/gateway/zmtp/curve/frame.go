package curve

import "encoding/binary"

// ZMTP 3.x framing, https://rfc.zeromq.org/spec/37/
const (
	flagMore    = 1 << 0
	flagLong    = 1 << 1
	flagCommand = 1 << 2
	flagsKnown  = flagMore | flagLong | flagCommand

	shortHeader = 2 // flags, one byte of length
	longHeader  = 9 // flags, eight bytes of length
	maxShort    = 255
)

// header is what stands before the body of a frame.
type header struct {
	flags  byte
	length int    // of the header
	size   uint64 // of the body
}

// headerLength tells the length of a header from its first byte.
func headerLength(flags byte) int {
	if flags&flagLong != 0 {
		return longHeader
	}
	return shortHeader
}

// parseHeader reads the header b begins with. It is not complete when b ends within it.
func parseHeader(b []byte) (h header, complete bool) {
	if len(b) < shortHeader || len(b) < headerLength(b[0]) {
		return header{}, false
	}
	h = header{flags: b[0], length: headerLength(b[0]), size: uint64(b[1])}
	if h.length == longHeader {
		h.size = binary.BigEndian.Uint64(b[1:])
	}
	return h, true
}

// appendHeader appends the header of a frame whose body has size bytes.
func appendHeader(dst []byte, flags byte, size int) []byte {
	if size > maxShort {
		return binary.BigEndian.AppendUint64(append(dst, flags|flagLong), uint64(size))
	}
	return append(dst, flags, byte(size))
}

// sizedHeaderLength is the length of what appendHeader appends.
func sizedHeaderLength(size int) int {
	if size > maxShort {
		return longHeader
	}
	return shortHeader
}
